// connect.mjs KIND URL TOKEN_FILE CALLS.tsv: every row by the Connect protocol, KIND being
// node-json, node-binary (both @connectrpc/connect-node) or web (@connectrpc/connect-web, as in a
// browser, with fetch); prints "METHOD<tab>CODE". Then what only this protocol shows, as
// "STEP<tab>WHAT" to the file descriptor 3.
import assert from "node:assert/strict";
import { writeSync } from "node:fs";
import { fromJsonString } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import * as node from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";
import { method, plain, registry, rows, tokenOf } from "./contract.mjs";

const [kind, baseUrl, tokenFile, table] = process.argv.slice(2);
const options = { baseUrl, useBinaryFormat: kind === "node-binary" };
const transport = kind === "web" ? web.createConnectTransport(options)
	: node.createConnectTransport({ ...options, httpVersion: "1.1" });
const headers = { authorization: "Bearer " + tokenOf(tokenFile) };
const registered = (name) => registry.getMessage("google.rpc." + name);
const saw = (step, what) => writeSync(3, step + "\t" + what + "\n");

async function call(name, text) {
	const m = method(name);
	const request = fromJsonString(m.input, text, { registry });
	try {
		if (m.methodKind === "unary") {
			await transport.unary(m, undefined, 30000, headers, request);
			return "ok";
		}
		const answer = await transport.stream(m, undefined, 30000, headers, (async function* () {
			yield request;
		})());
		for await (const _ of answer.message) return "stream";
		return "ok";
	} catch (error) {
		return plain(Code[ConnectError.from(error).code]);
	}
}

for (const [name, , text] of rows(table)) console.log(name + "\t" + (await call(name, text)));

// Errors as a programmer meets them.
const wallets = createClient(registry.getService("ghostfleet.v1.WalletService"), transport);
const fleet = createClient(registry.getService("ghostfleet.v1.FleetService"), transport);
async function refusal(promise, code, reason) {
	const error = await promise.then(() => assert.fail("not refused"), ConnectError.from);
	assert.equal(error.code, code, error.message);
	const [info] = error.findDetails(registered("ErrorInfo"));
	assert.deepEqual([info.reason, info.domain], [reason, "ghostfleet.v1"]);
	return error;
}
await refusal(wallets.getWallet({ name: "wallets/nobody" }, { headers }), Code.NotFound, "NOT_FOUND");
await refusal(fleet.getFleet({}), Code.Unauthenticated, "UNAUTHENTICATED");
saw("ErrorInfo", "NOT_FOUND, UNAUTHENTICATED");
await refusal(fleet.getFleet({}, { headers: { ...headers, "Connect-Timeout-Ms": "0" } }), Code.DeadlineExceeded, "DEADLINE_EXCEEDED");
saw("deadline", "DEADLINE_EXCEEDED");

const crowd = { count: 250, profile: "degen", validateOnly: true };
const many = await Promise.allSettled(Array.from({ length: 40 }, () => wallets.generateWallets(crowd, { headers })));
const refusals = many.filter((s) => s.status === "rejected");
assert(refusals.length > 0 && refusals.length < many.length, `${refusals.length}`);
for (const { reason } of refusals) {
	const error = await refusal(Promise.reject(reason), Code.ResourceExhausted, "SERVER_BUSY");
	const [{ retryDelay }] = error.findDetails(registered("RetryInfo"));
	assert.deepEqual([retryDelay.seconds, retryDelay.nanos], [0n, 200000000]);
	assert.equal(error.metadata.get("retry-after"), "1");
}
await new Promise((done) => setTimeout(done, 200));
await wallets.generateWallets(crowd, { headers });
saw("RetryInfo", "SERVER_BUSY: after 200 ms, then answered");
