// pipe.mjs - @bufbuild/protobuf as pipe.c is: frames {what, length, bytes} of json_kinds.proto.
import { fromBinary, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import { readSync, writeSync } from "node:fs";
import { KindsSchema as kinds } from "./json_kinds_pb.js";

function take(n) {
	const bytes = Buffer.alloc(n);
	for (let at = 0; at < n; ) {
		const got = readSync(0, bytes, at, n - at, null);
		if (got === 0) process.exit(0);
		at += got;
	}
	return bytes;
}

function say(ok, bytes) {
	const out = Buffer.alloc(5 + bytes.length);
	out.writeUInt8(ok, 0);
	out.writeUInt32LE(bytes.length, 1);
	out.set(bytes, 5);
	for (let at = 0; at < out.length; ) at += writeSync(1, out, at);
}

for (;;) {
	const head = take(5), body = take(head.readUInt32LE(1));
	try {
		if (head[0] === 0x72) {
			const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
			say(1, toBinary(kinds, fromJsonString(kinds, text)));
		} else {
			const all = { alwaysEmitImplicit: head[0] === 0x61 };
			say(1, Buffer.from(toJsonString(kinds, fromBinary(kinds, body), all)));
		}
	} catch (error) {
		say(0, Buffer.from(String(error.message)));
	}
}
