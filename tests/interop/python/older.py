#!/usr/bin/python3
"""older.py UPSTREAM RELEASED.binpb PORT_FILE: a server as the last release's contract has it.

It knows the methods and the fields of that descriptor set and nothing newer: what it does not know it
answers with UNIMPLEMENTED, or drops, as an older server's decoder does. What it knows it hands to the
daemon at UPSTREAM. So it speaks as the older one did; it does not behave as that one did where the
daemon's behaviour changed.
"""
import os
import sys
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

upstream, released, port_file = sys.argv[1:]
channel = grpc.insecure_channel(upstream, options=[("grpc.enable_http_proxy", 0),
                                                  ("grpc.max_reconnect_backoff_ms", 200)])
pool = descriptor_pool.DescriptorPool()
files = descriptor_pb2.FileDescriptorSet.FromString(open(released, "rb").read()).file
for file in files:
    pool.Add(file)
factory = message_factory.MessageFactory(pool)


def codec(descriptor):
    """(bytes to a message with the known fields alone, message to bytes)"""
    kind = factory.GetPrototype(descriptor)

    def read(data):
        message = kind.FromString(data)
        message.DiscardUnknownFields()
        return message
    return read, kind.SerializeToString


def failed(context, error):
    context.set_trailing_metadata([(k, v) for k, v in error.trailing_metadata() or ()
                                   if k == "grpc-status-details-bin"])
    context.abort(error.code(), error.details())


def handed_on(call, request, context):
    # A caller without a deadline has an infinite one, which is no timeout to give on.
    return call(request, timeout=min(context.time_remaining() or 600, 600), wait_for_ready=True,
                metadata=[(k, v) for k, v in context.invocation_metadata() if k == "authorization"])


def unary(path, q, r):
    call = channel.unary_unary(path, request_serializer=q[1], response_deserializer=r[0])

    def answer(request, context):
        try:
            return handed_on(call, request, context)
        except grpc.RpcError as e:
            return failed(context, e)
    return grpc.unary_unary_rpc_method_handler(answer, request_deserializer=q[0], response_serializer=r[1])


def stream(path, q, r):
    call = channel.unary_stream(path, request_serializer=q[1], response_deserializer=r[0])

    def answer(request, context):
        said = handed_on(call, request, context)
        context.add_callback(said.cancel)
        try:
            yield from said
        except grpc.RpcError as e:
            if context.is_active():
                failed(context, e)
    return grpc.unary_stream_rpc_method_handler(answer, request_deserializer=q[0], response_serializer=r[1])


handlers = {"/grpc.health.v1.Health/Check": unary("/grpc.health.v1.Health/Check", (None, None), (None, None))}
for file in files:
    for service in file.service:
        for m in pool.FindServiceByName(f"{file.package}.{service.name}").methods:
            path = f"/{m.containing_service.full_name}/{m.name}"
            streaming = next(x for x in service.method if x.name == m.name).server_streaming
            handlers[path] = (stream if streaming else unary)(path, codec(m.input_type), codec(m.output_type))


class Known(grpc.GenericRpcHandler):
    def service(self, details):
        return handlers.get(details.method)


server = grpc.server(futures.ThreadPoolExecutor(max_workers=64), handlers=[Known()])
port = server.add_insecure_port("127.0.0.1:0")
server.start()
with open(port_file + ".new", "w", encoding="ascii") as f:
    f.write(str(port))
os.rename(port_file + ".new", port_file)
server.wait_for_termination()
