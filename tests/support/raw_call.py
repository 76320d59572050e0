#!/usr/bin/python3
"""raw_call.py ADDRESS TOKEN_FILE METHOD HEX [REPEAT]: these bytes as the request of a gRPC call.

HEX may be "-"; with REPEAT the bytes are sent that often in a row, as one message. Prints the
status and its one line: "INVALID_ARGUMENT the message".
"""
import sys

import grpc

address, token_file, method, text = sys.argv[1:5]
body = bytes.fromhex("" if text == "-" else text) * int((sys.argv[5:] or ["1"])[0])
token = open(token_file, encoding="ascii").read().strip()
options = [("grpc.enable_http_proxy", 0), ("grpc.max_send_message_length", -1)]
with grpc.insecure_channel(address, options=options) as channel:
    call = channel.unary_unary(method, request_serializer=None, response_deserializer=None)
    try:
        answer = call(body, timeout=20, metadata=[("authorization", "Bearer " + token)])
        print("OK", len(answer), "bytes")
    except grpc.RpcError as e:
        print(e.code().name, e.details().replace("\n", "\\n"))
