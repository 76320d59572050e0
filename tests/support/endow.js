// node endow.js RPC_URL FILE WEI: each address of FILE, one a line, holds so much from now on
// (anvil_setBalance).
'use strict';
const fs = require('fs');
const [url, file, wei] = process.argv.slice(2);
const calls = fs.readFileSync(file, 'utf8').trim().split('\n').map((a, id) => (
	{ jsonrpc: '2.0', id, method: 'anvil_setBalance', params: [a, '0x' + BigInt(wei).toString(16)] }));
(async () => {
	for (let i = 0; i < calls.length; i += 500) {
		const said = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify(calls.slice(i, i + 500)) });
		const bad = (await said.json()).find((a) => a.error);
		if (bad) throw new Error(bad.error.message);
	}
})();
