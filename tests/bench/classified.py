"""classified.py HTTP_PORT TOKEN_FILE STATE... - prints the seconds from the daemon's readiness until it has
had transactions and none is in one of these states any more."""
import http.client
import json
import sys
import time

port, token, states = int(sys.argv[1]), open(sys.argv[2]).read().strip(), sys.argv[3:]
ASK = json.dumps({"pageSize": 1, "states": [f"TRANSACTION_STATE_{s}" for s in states]})
give_up = time.monotonic() + 120
ready = None
while time.monotonic() < give_up:
    try:
        door = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        while time.monotonic() < give_up:
            if ready is None:
                door.request("GET", "/health/ready")
                answer = door.getresponse()
                answer.read()
                ready = time.monotonic() if answer.status == 200 else None
            else:
                door.request("POST", "/ghostfleet.v1.FundingService/ListTransactions", ASK, {
                    "Content-Type": "application/json", "Authorization": f"Bearer {token}"})
                answer = door.getresponse()
                found = json.loads(answer.read())
                if answer.status == 200 and not found.get("transactions"):
                    print(f"{time.monotonic() - ready:.3f}")
                    sys.exit(0)
            time.sleep(0.005)
    except (OSError, http.client.HTTPException):
        time.sleep(0.005)
sys.exit("it does not come to an end")
