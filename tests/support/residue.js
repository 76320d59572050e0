// node residue.js RPC_URL FILE: what the addresses in FILE's first column, below its header, hold
// together now, in wei.
'use strict';
const fs = require('fs');
const [url, file] = process.argv.slice(2);
const calls = fs.readFileSync(file, 'utf8').trim().split('\n').slice(1).map((line, id) => (
	{ jsonrpc: '2.0', id, method: 'eth_getBalance', params: [line.split(',')[0], 'latest'] }));
fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(calls) })
	.then((said) => said.json())
	.then((answers) => console.log(answers.reduce((sum, a) => sum + BigInt(a.result), 0n).toString()));
