"""Invented content for trying the portal: companies, applications and offers for every pilot, and people to sign in as.

Nothing here names a real company or person. Business IDs begin with 9: the register gives numbers in order and has not
come to nine million. Account numbers begin with 9, which is no Finnish bank's; telephone numbers go on with 000, with
which no subscriber's number begins; mail and web addresses of companies end in `.example`, which no one can own
(RFC 2606). `docs/demo.md` tells what is made.
"""
