"""The second factor: a code from an app, a passkey, or a recovery code."""
