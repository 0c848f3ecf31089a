# As main.go does.
import binascii
import hashlib
import os
import signal
import sys

names = sys.argv[1:]
# Before `done`, or the signal could come first.
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
for name in names:
    if name == "--wait":
        continue
    value = os.environb.get(name.encode())
    print(name, "unset" if value is None else binascii.b2a_base64(hashlib.sha256(value).digest(), newline=False).decode())
print("pid", os.getpid())
print("done", flush=True)
if "--wait" in names:
    signal.sigwait([signal.SIGTERM])
    print("SIGTERM")
