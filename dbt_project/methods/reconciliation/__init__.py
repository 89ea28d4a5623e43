"""Which documents a bank line settles: one-to-one, many to one, split, short, each with a score and a certificate.

subsets   which counts of amounts add up to a target, bounded
cover     one block (a party's open documents and lines): the likeliest way in which each is used at most once
names     which descriptions can be which party, cut or spelled otherwise
engine    whole files: set logic for the plain cases, blocks for the rest
"""
