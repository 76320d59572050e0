// rows.mjs ADDRESS TOKEN_FILE CALLS.tsv: every row by @grpc/grpc-js, with the messages of
// protoc-gen-es; prints "METHOD<tab>CODE". A stream is left after its first message: "stream".
import { create, fromBinary, fromJsonString, toBinary } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { method, plain, registry, rows, tokenOf } from "./contract.mjs";

const [address, tokenFile, table] = process.argv.slice(2);
const metadata = new grpc.Metadata();
metadata.set("authorization", "Bearer " + tokenOf(tokenFile));
const client = new grpc.Client(address, grpc.credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });

function call(name, text) {
	const m = method(name), options = { deadline: Date.now() + 30000 };
	const request = fromJsonString(m.input, text, { registry });
	const pack = (message) => Buffer.from(toBinary(m.input, message));
	const unpack = (bytes) => fromBinary(m.output, bytes);
	return new Promise((done) => {
		const end = (error) => done(error ? plain(grpc.status[error.code]) : "ok");
		if (m.methodKind === "unary") {
			client.makeUnaryRequest("/" + name, pack, unpack, request, metadata, options, end);
			return;
		}
		const stream = client.makeServerStreamRequest("/" + name, pack, unpack, request, metadata, options);
		stream.on("data", () => {
			done("stream");
			stream.cancel();
		});
		stream.on("error", end);
	});
}

for (const [name, , text] of rows(table)) console.log(name + "\t" + (await call(name, text)));
client.close();
