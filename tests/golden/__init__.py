"""What Patron decides today, written down: the example shop's year, CDNOW and all rule tests.

A change of code that is not meant to change decisions leaves these files as they are. One that is meant to rewrites
them with `python -m tests.golden --write`, and their difference is reviewed with the change.

| file | what is in it |
|---|---|
| `shop.txt` | every decision of the example shop's year, and the customer's next timer after it |
| `rule_tests.txt` | every decision of the rule tests in `rules/tests` |
| `cdnow.txt` | a digest for each hundred customers of CDNOW, because the log itself must not be committed |
| `sentences.txt` | the sentences of all refusals in the first two |

To see what is different in CDNOW, write it out in full on both revisions and compare:
`python -m tests.golden --cdnow FILE`.
"""
