// fleet.mjs ADDRESS TOKEN_FILE PROTO_DIR...: what fleet.py beside this folder does, with
// @grpc/grpc-js and @grpc/proto-loader, which reads the .proto files at run time.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const [address, tokenFile, ...includeDirs] = process.argv.slice(2);
const serviceConfig = readFileSync(process.env.SERVICE_CONFIG, "utf8");
const good = readFileSync(tokenFile, "utf8").trim();
const COUNT = 25, PAGE = 10, TARGET = 10n ** 15n;
const contract = loadSync(
	["fleet", "wallet", "funding", "operation"]
		.map((name) => `ghostfleet/v1/${name}.proto`)
		.concat("google/rpc/status.proto", "google/rpc/error_details.proto"),
	{ includeDirs, longs: String, enums: String, defaults: true, oneofs: true },
);
const loaded = grpc.loadPackageDefinition(contract);
const bearer = (token) => {
	const metadata = new grpc.Metadata();
	metadata.set("authorization", "Bearer " + token);
	return metadata;
};
const auth = bearer(good);
const within = (seconds) => ({ deadline: Date.now() + seconds * 1000 });
const connect = (service) =>
	new loaded.ghostfleet.v1[service](address, grpc.credentials.createInsecure(), {
		"grpc.enable_http_proxy": 0,
		"grpc.service_config": serviceConfig,
		"grpc.use_local_subchannel_pool": 1,
	});
const fleet = connect("FleetService"), wallets = connect("WalletService");
const funding = connect("FundingService"), operations = connect("OperationService");

const ask = (client, method, request, metadata = auth) =>
	new Promise((resolve, reject) =>
		client[method](request, metadata, within(30), (error, answer) => (error ? reject(error) : resolve(answer))),
	);
const saw = (step, what) => console.log(step + "\t" + what);

const read = (type, bytes) => contract["google.rpc." + type].deserialize(bytes);
const unpack = (any) => read(any.type_url.split(".").pop(), any.value);
// The google.rpc messages that an error carries, by their names.
function told(error) {
	const said = read("Status", error.metadata.get("grpc-status-details-bin")[0]);
	assert.equal(said.code, error.code);
	assert.equal(said.message, error.details);
	// proto-loader spells Any's own fields as the JSON mapping does.
	return Object.fromEntries(said.details.map((d) => {
		const url = d.typeUrl ?? d.type_url ?? d["@type"];
		return [url.split(".").pop(), d.value instanceof Uint8Array ? unpack({ type_url: url, value: d.value }) : d];
	}));
}

function isRefusal(error, code, reason) {
	assert.equal(error.code, grpc.status[code], error.message);
	const info = told(error).ErrorInfo;
	assert.deepEqual([info.reason, info.domain], [reason, "ghostfleet.v1"]);
}

const refused = (client, method, request, code, reason, metadata) =>
	ask(client, method, request, metadata).then(
		() => assert.fail("not refused: " + JSON.stringify(request)),
		(error) => isRefusal(error, code, reason),
	);

async function allWallets(pageSize) {
	const names = [];
	for (let pages = 1, pageToken = ""; ; pages++) {
		const page = await ask(wallets, "ListWallets", { pageSize, pageToken, role: "WALLET_ROLE_FLEET" });
		names.push(...page.wallets.map((w) => w.name));
		pageToken = page.nextPageToken;
		if (!pageToken) return { names, pages };
	}
}

const made = await ask(wallets, "GenerateWallets", { count: COUNT, profile: "degen", requestId: randomUUID() });
const { names, pages } = await allWallets(PAGE);
assert.deepEqual(names, made.wallets.map((w) => w.name));
assert.equal(pages, 3);
assert.deepEqual((await allWallets(1000)).names, names);
saw("list", `${names.length} wallets on ${pages} pages`);

const getFleet = async () => (await ask(fleet, "GetFleet", {})).fleet;
const before = await getFleet();
const wish = { target: String(TARGET), requestId: randomUUID() };
await ask(funding, "PlanFund", { ...wish, validateOnly: true });
const now = await getFleet();
assert.equal(now.lastEventId, before.lastEventId);
assert.deepEqual(now.operations, before.operations);
saw("dry run", "leaves nothing");

let { operation: plan } = await ask(funding, "PlanFund", wish);
assert.deepEqual((await ask(funding, "PlanFund", wish)).operation, plan);
await refused(funding, "PlanFund", { ...wish, target: "2" }, "INVALID_ARGUMENT", "REQUEST_ID_REUSED");
saw("plan, twice", "one operation; another body: REQUEST_ID_REUSED");

// Reads the stream until found() is true of a message, then leaves.
async function until(stream, found) {
	try {
		for await (const said of stream) if (found(said)) return said;
	} finally {
		stream.on("error", () => {});
		stream.cancel();
	}
	assert.fail("the stream ended");
}

const watch = async (...states) => {
	const stream = operations.WatchOperation({ name: plan.name }, auth, within(60));
	return (await until(stream, (said) => said.kind === "operation" && states.includes(said.operation.state))).operation;
};
plan = await watch("OPERATION_STATE_PLANNED", "OPERATION_STATE_FAILED");
assert.equal(plan.state, "OPERATION_STATE_PLANNED", plan.text);
const wrong = { name: plan.name, planHash: "0x" + "00".repeat(32), requestId: randomUUID() };
await refused(operations, "RunOperation", wrong, "FAILED_PRECONDITION", "PLAN_CHANGED");
const run = { name: plan.name, planHash: plan.planHash, requestId: randomUUID() };
const started = await ask(operations, "RunOperation", run);
assert.deepEqual(await ask(operations, "RunOperation", run), started);
const end = await watch("OPERATION_STATE_DONE", "OPERATION_STATE_PARTLY", "OPERATION_STATE_FAILED");
assert.equal(end.state, "OPERATION_STATE_DONE", end.text);
assert.equal(end.stepsDone, String(COUNT));
assert.equal(end.moved, String(BigInt(COUNT) * TARGET));
saw("run, twice", `${end.stepsDone} wallets funded, once`);

async function eventsAfter(client, afterEventId) {
	const found = [];
	await until(client.WatchFleet({ afterEventId }, auth, within(30)), (said) => {
		if (said.kind !== "event") return false;
		found.push(BigInt(said.event.id));
		return said.event.kind === "operation.done" && said.event.subject === plan.name;
	});
	return found;
}

const whole = await eventsAfter(fleet, before.lastEventId);
const cut = whole[whole.length >> 1];
const again = connect("FleetService");
const rest = await eventsAfter(again, String(cut));
again.close();
assert.deepEqual(rest, whole.filter((id) => id > cut));
assert.deepEqual(whole, [...new Set(whole)].sort((a, b) => Number(a - b)));
saw("watch, resumed", "nothing missing, nothing twice");

await refused(wallets, "GetWallet", { name: "wallets/nobody" }, "NOT_FOUND", "NOT_FOUND");
await refused(fleet, "GetFleet", {}, "UNAUTHENTICATED", "UNAUTHENTICATED", bearer("wrong"));
saw("ErrorInfo", "NOT_FOUND, UNAUTHENTICATED");

// More long calls at a time than may wait: who is refused is told when to come again.
const crowd = { count: 250, profile: "degen", validateOnly: true };
const said = await Promise.allSettled(Array.from({ length: 40 }, () => ask(wallets, "GenerateWallets", crowd)));
const refusals = said.filter((s) => s.status === "rejected").map((s) => s.reason);
assert(refusals.length > 0 && refusals.length < said.length, `${refusals.length}`);
let wait = 0;
for (const error of refusals) {
	isRefusal(error, "RESOURCE_EXHAUSTED", "SERVER_BUSY");
	const delay = told(error).RetryInfo.retryDelay;
	wait = Number(delay.seconds) * 1000 + delay.nanos / 1e6;
	assert.equal(wait, 200);
}
await sleep(wait);
await ask(wallets, "GenerateWallets", crowd);
saw("RetryInfo", `SERVER_BUSY: after ${wait} ms, then answered`);
for (const client of [fleet, wallets, funding, operations]) client.close();
