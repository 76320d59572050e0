// contract.mjs - what protoc-gen-es made of the contract (in ./gen), as one registry; the rows of
// calls.tsv; the token.
import { createRegistry } from "@bufbuild/protobuf";
import { readFileSync, readdirSync } from "node:fs";

const here = new URL("./gen/", import.meta.url);
const files = [];
for (const name of readdirSync(here, { recursive: true }))
	if (name.endsWith("_pb.js"))
		for (const value of Object.values(await import(new URL(name, here))))
			if (value?.kind === "file") files.push(value);

export const registry = createRegistry(...files);

export function method(name) {
	const [service, rpc] = name.split("/");
	return registry.getService(service).methods.find((m) => m.name === rpc);
}

export function rows(file) {
	const lines = readFileSync(file, "utf8").trimEnd().split("\n");
	return lines.map((line) => line.split("\t"));
}

export function tokenOf(file) {
	return readFileSync(file, "utf8").trim();
}

// notFound, NotFound, NOT_FOUND: not_found
export function plain(code) {
	return /[a-z]/.test(code) ? code.replace(/(?<=[a-z])[A-Z]/g, "_$&").toLowerCase() : code.toLowerCase();
}
