"""Secrets that are known by how they begin, as those who issue them document it, and by how they are encoded.

Whether the list is still whole is what tests/engine/redaction/test_scanner.py asks of a scanner that others maintain.
"""

from __future__ import annotations

import re

_STARTS = (
    r"(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}",  # AWS, IAM identifiers
    r"gh[oprsu]_[A-Za-z0-9_]{36,255}|github_pat_[A-Za-z0-9_]{22,255}",  # GitHub
    r"gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas|ffct|wt)-[\w.-]{20,1024}|GR1348941[\w-]{20,50}",  # GitLab
    r"(?i:xox[a-z])-[\w-]{3,1024}|xapp-[\w-]{10,255}",  # Slack
    r"[rs]k_(?:live|test|prod)_[0-9A-Za-z]{10,255}|whsec_[0-9A-Za-z+/=]{20,255}",  # Stripe
    r"SG\.[\w-]{16,64}\.[\w-]{16,64}",  # SendGrid
    r"npm_[A-Za-z0-9]{36}",  # npm
    r"pypi-[\w-]{50,1024}",  # PyPI
    r"[MNO][A-Za-z\d_-]{23,25}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,40}",  # Discord
    r"[0-9a-z]{32}-us\d{1,2}",  # Mailchimp
    r"\d{8,10}:[\w-]{35}",  # Telegram
    r"(?:AC|SK)[0-9a-z]{32}",  # Twilio
    r"sq0[a-z]{3}-[0-9A-Za-z\\_-]{22,60}",  # Square
    r"sk-[\w-]{0,255}?T3BlbkFJ[\w-]{20,255}|sk-(?:proj|svcacct|admin|ant-[a-z0-9]{1,16})-[\w-]{20,255}",  # OpenAI
    r"AKC[A-Za-z0-9]{10,255}|(?<=[\s=:\"])AP[\dA-F][A-Za-z0-9]{8,255}(?=[\s\"]|$)",  # Artifactory
    r"hv[bsr]\.[\w-]{24,1024}",  # Vault
    r"do[opr]_v1_[0-9a-f]{64}",  # DigitalOcean
    r"AIza[\w-]{35}|GOCSPX-[\w-]{28}|ya29\.[\w-]{20,1024}",  # Google
    r"AGE-SECRET-KEY-1[0-9A-Z]{58}",  # age
    r"gl(?:c|sa)_[\w+/=-]{32,400}",  # Grafana
    r"hf_[A-Za-z0-9]{34,64}",  # Hugging Face
    r"shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}",  # Shopify
    r"dckr_(?:pat|oat)_[\w-]{27,64}",  # Docker
    r"tskey-[a-z]{3,16}-[\w-]{10,128}",  # Tailscale
    r"rubygems_[0-9a-f]{48}",  # RubyGems
    r"ATATT3[\w=-]{100,300}",  # Atlassian
    r"ops_eyJ[A-Za-z0-9+/]{200,2048}={0,3}",  # 1Password
    r"LTAI[A-Za-z0-9]{20}",  # Alibaba
)
TOKENS = (
    re.compile(rf"(?P<head>(?<![\w-]))(?P<value>{'|'.join(_STARTS)})"),
    # Some are found in the middle of words too, by whoever looks for them: they begin like nothing else.
    re.compile(r"(?P<head>)(?P<value>gh[oprsu]_[A-Za-z0-9_]{36,255}|sq0csp-[0-9A-Za-z\\_-]{43}|AKIA[0-9A-Z]{16})"),
    re.compile(r"(?P<head>hooks\.slack\.com/services/)(?P<value>[\w/]{3,255})", re.IGNORECASE),
    re.compile(r"(?P<head>api.softlayer.com/soap/v3(?:.1)?/)(?P<value>[0-9a-z]{64})", re.IGNORECASE),
    # A hashed password, as in /etc/shadow (crypt(5)) and in LDAP's userPassword.
    re.compile(r"(?P<head>\$(?:1|2[abxy]?|5|6|7|y|gy|argon2id?)\$)(?P<value>[./+A-Za-z0-9$,=]{8,})"),
    re.compile(r"(?P<head>\{(?:S?SHA|SHA256|SSHA256|SSHA512|S?MD5|CRYPT)\})(?P<value>[^\s\"',;}]{4,})", re.IGNORECASE),
    # A JSON Web Token (RFC 7519).
    re.compile(r"(?P<head>(?<![\w-])eyJ)(?P<value>[\w=-]{5,}\.[\w=-]{4,}(?:\.[\w.+/=-]*)?)"),
    # What an identity service calls no more than a key is known by its length.
    re.compile(
        r"""(?P<head>(?<![^\W_])key["']?\]?(?:[ ]*+[:=]{1,2}>?[ ]*+|[ ]++)["']?)"""
        r"""(?P<value>[\w-]{44})(?![\w-])""",
        re.IGNORECASE,
    ),
    re.compile(
        r"""(?P<head>aws[^\n]{0,20}?(?:key|pwd|pw|password|pass|token)[^\n]{0,20}?["'])(?P<value>[0-9a-zA-Z/+]{40})(?=["'])""",
        re.IGNORECASE,
    ),
)
