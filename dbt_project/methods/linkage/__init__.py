"""Two-sided payments: money that leaves one place and arrives in another.

windows      how far days and amounts move, read off the files
candidates   pairs inside the windows                      (DuckDB)
memos        what two texts share, in bits
levels       days, amount and memo as levels
model        Fellegi-Sunter, fitted by EM without labels
rivals       probability once every rival is counted
assign       one-to-one links
link         all of it, for two frames
"""

from dbt_project.methods.linkage.link import link

__all__ = ["link"]
