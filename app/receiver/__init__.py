"""The webhook receiver: a process of its own that the rails reach, and nothing else of ours.

python -m app.receiver --port 8601

It proves a delivery on its raw bytes, puts it on disk together with what else arrives in those milliseconds, and
answers. It knows webhook secrets and writes the inbox; it opens no rail's token and can decide nothing.
"""
