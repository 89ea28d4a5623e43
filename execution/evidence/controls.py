"""Which file of a pack answers which question of an auditor. This is engineering, not legal advice."""

from __future__ import annotations

# (criterion, what it asks, what the pack holds for it)
SOC2 = (
    ("CC6.1", "Access is limited to who may act",
     "`events.jsonl`: each event names the person, the role and a fingerprint of the session; `refusals.json` holds "
     "every attempt by somebody who may not, with the rule that said no"),
    ("CC6.2", "People are let in and taken out in order",
     "events `person.*`, `member.*`, `token.*` and `admin.*`: who gave which role to whom, for which clients, since "
     "when; adding an admin shows two people"),
    ("CC6.3", "Duties are apart",
     "`approvals.json` beside `payouts.json`: preparer, signers and releaser of each payout; the verdicts `signers` "
     "and `separate_people` with their inputs; `permits` with the two who gave one"),
    ("CC7.2", "What is unusual is noticed",
     "the verdicts of every guard at proposal, approval, reserve and send, with inputs; events `payout.unconfirmed`, "
     "`payout.mismatched`, `payout.returned`; custody findings in `payouts.json`"),
    ("CC7.3", "What was noticed is judged",
     "`refusals.json`: guard, inputs, reason and remedy; custody links with owner and clock"),
    ("CC7.4", "And answered",
     "events `payout.held`, `client.frozen`, `client.unfreeze_asked`, `client.unfrozen`, `payout.resend_agreed`, "
     "`payee.called_back`: who did it, with the written reason"),
    ("CC8.1", "Changes of the rules are approved",
     "`policies.json`: every version that a decision of the pack was made under, with its hash and author; policy "
     "events with the second person"),
    ("PI1", "Processing is complete, valid, accurate, timely and authorized",
     "`payouts.json`: the chain of custody from the decision's hash to Ramp's bill, the bank's posting and the bill "
     "payment in the books; `rail_calls` with the exact bytes and their hash; the chain and its proofs"),
)  # fmt: skip

NACHA = (
    ("Risk-based processes to identify entries initiated due to fraud (2026)",
     "guards `payee`, `duplicate`, `velocity`, `limits`, `amount_tier`, `separate_people`: verdict, inputs and policy "
     "version before each payment; they run again on live facts just before the wire"),
    ("Changed bank details (false pretenses, business e-mail compromise)",
     "the payee's fingerprint in what was shown and signed, each change seen at Ramp, and the call-back to a number "
     "known before, recorded by a second person"),
    ("Reviewed at least once a year",
     "a pack of the year (`--from`, `--to`): counts of refusals by guard below, and every policy version in force"),
)  # fmt: skip
