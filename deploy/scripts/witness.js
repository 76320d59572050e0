// node witness.js RPC_URL FROM TO PAYER[,PAYER...] PAYEE[,PAYEE...] [CONTRACT SELECTOR]
//
// What the chain itself says of a round of payments, asked of no one else: of each PAYER how many
// transactions with ether for one of the PAYEEs stand in blocks FROM to TO and did not fail (or,
// with CONTRACT and SELECTOR, how many calls of that function). PAYER or PAYEE may be a file
// whose first column, below one line of header, holds the addresses. With several payees each of
// them is counted instead. Prints {"asked", "on_chain", "twice", "missing"}.
'use strict';
const fs = require('fs');

const [url, from, to, payers, payees, contract, selector] = process.argv.slice(2);
const list = (text) => (text.startsWith('0x') ? text.split(',') :
	fs.readFileSync(text, 'utf8').trim().split('\n').slice(1).map((line) => line.split(',')[0]))
	.map((a) => a.toLowerCase());

async function ask(calls) {
	const said = await fetch(url, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(calls.map(([method, params], id) => ({ jsonrpc: '2.0', id, method, params }))),
	});
	const answers = await said.json();
	const sorted = new Array(calls.length);
	for (const a of answers) sorted[a.id] = a.result;
	if (sorted.some((r) => r === undefined || r === null)) throw new Error(`${url}: an answer is missing`);
	return sorted;
}

async function main() {
	const givers = new Set(list(payers)), takers = new Set(list(payees));
	const counted = givers.size >= takers.size ? givers : takers;
	const seen = new Map([...counted].map((a) => [a, 0]));
	const wanted = (tx) => givers.has(tx.from.toLowerCase()) && tx.to !== null && (selector
		? tx.to.toLowerCase() === contract.toLowerCase() && tx.input.startsWith(selector)
		: takers.has(tx.to.toLowerCase()) && BigInt(tx.value) > 0n);

	for (let first = Number(from); first <= Number(to); first += 20) {
		const numbers = [];
		for (let n = first; n < first + 20 && n <= Number(to); n++) numbers.push(n);
		const blocks = await ask(numbers.map((n) => ['eth_getBlockByNumber', ['0x' + n.toString(16), true]]));
		const found = blocks.flatMap((b) => b.transactions).filter(wanted);
		if (found.length === 0) continue;
		const receipts = await ask(found.map((tx) => ['eth_getTransactionReceipt', [tx.hash]]));
		found.forEach((tx, i) => {
			if (receipts[i].status !== '0x1') return;
			const who = (counted === givers ? tx.from : tx.to).toLowerCase();
			seen.set(who, seen.get(who) + 1);
		});
	}
	const counts = [...seen.values()];
	console.log(JSON.stringify({
		asked: counts.length,
		on_chain: counts.filter((n) => n > 0).length,
		twice: counts.filter((n) => n > 1).length,
		missing: counts.filter((n) => n === 0).length,
	}));
}

main().catch((e) => {
	console.error(e.message);
	process.exit(1);
});
