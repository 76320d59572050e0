#!/usr/bin/python3
"""rows.py ADDRESS TOKEN_FILE CALLS.tsv: every row by generated stubs; prints "METHOD<tab>CODE".
rows.py --known CALLS.tsv: the rows that these stubs have the method and the fields for, as they are.

A stream is left after its first message: "stream".
"""
import importlib
import os
import pathlib
import sys

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory

pool = descriptor_pool.Default()
modules = []
for folder in os.environ["PYTHONPATH"].split(":"):
    grpc.__path__.append(folder + "/grpc")  # grpc.health of the contract beside the library
    for file in pathlib.Path(folder).glob("g*/**/*_pb2_grpc.py"):
        name = ".".join(file.relative_to(folder).with_suffix("").parts)
        modules.append(importlib.import_module(name))
        importlib.import_module(name[:-len("_grpc")])


def request_of(name, text):
    service, method = name.split("/")
    row = pool.FindServiceByName(service).methods_by_name[method]
    make = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory().GetPrototype
    return json_format.Parse(text, make(row.input_type)())


def known(line):
    name, _, text = line.rstrip("\n").split("\t")
    try:
        return request_of(name, text) is not None
    except (KeyError, json_format.ParseError):
        return False


def call(name, text):
    service, method = name.split("/")
    request = request_of(name, text)
    try:
        answer = getattr(stubs[service.split(".")[-1]], method)(request, metadata=auth, timeout=30)
        if hasattr(answer, "cancel"):
            next(answer)
            answer.cancel()
            return "stream"
        return "ok"
    except grpc.RpcError as e:
        return e.code().name.lower()


if sys.argv[1] == "--known":
    sys.stdout.writelines(line for line in open(sys.argv[2], encoding="utf-8") if known(line))
    sys.exit()
address, token_file, table = sys.argv[1:]
auth = [("authorization", "Bearer " + open(token_file, encoding="ascii").read().strip())]
channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
stubs = {key[:-len("Stub")]: getattr(module, key)(channel)
         for module in modules for key in vars(module) if key.endswith("Stub")}
for line in open(table, encoding="utf-8"):
    name, _, text = line.rstrip("\n").split("\t")
    print(f"{name}\t{call(name, text)}", flush=True)
