// convert.js - npm @ethersproject/testcases (MIT, Copyright (c) 2019 Richard Moore) as lines of
// text for tests/vectors/ethers.c.
//
//   npm pack @ethersproject/testcases && tar xzf ethersproject-testcases-*.tgz
//   node tests/vectors/convert.js package > tests/vectors/ethers.txt     a sample, checked in
//   node tests/vectors/convert.js package all > /tmp/all.txt             every case
//   build/dev/tests/vectors_ethers /tmp/all.txt
//
// Fields are separated by tabs. A sample is spread evenly over its set, first and last included.
'use strict';
const fs = require('fs'), path = require('path'), zlib = require('zlib');

const [dir, all] = process.argv.slice(2);
const load = (name) =>
	JSON.parse(zlib.gunzipSync(fs.readFileSync(path.join(dir, 'testcases', name + '.json.gz'))));
const lines = [];
const put = (...fields) => lines.push(fields.join('\t'));

function sample(list, want) {
	if (all || list.length <= want)
		return list;
	const out = [];
	for (let i = 0; i < want; i++)
		out.push(list[Math.round(i * (list.length - 1) / (want - 1))]);
	return out;
}

const MAX64 = (1n << 64n) - 1n;
const number = (v) => (v === undefined || v === null || v === '0x' ? 0n : BigInt(v));

// tx: kind, key, address, chain id, nonce, tip, fee, gas, to, value, signed. Kind "refuse": more
// than 64 bits, or a tip above the fee: well-formed bytes that no chain takes.
function putTx(key, address, chain, tx, signed) {
	const typed = tx.type === 2;
	const fee = number(typed ? tx.maxFeePerGas : tx.gasPrice);
	const tip = number(typed ? tx.maxPriorityFeePerGas : 0);
	const nonce = number(tx.nonce), gas = number(tx.gasLimit);
	const refuse = nonce >= MAX64 || gas > MAX64 || tip > fee;
	put(refuse ? 'refuse' : 'tx', key, address, chain, nonce, tip, fee, gas, tx.to || '-',
	    number(tx.value), signed);
}

function transactions() {
	for (const c of sample(load('transactions'), 60)) {
		putTx(c.privateKey, c.accountAddress, 0, c, c.signedTransaction);
		putTx(c.privateKey, c.accountAddress, 5, c, c.signedTransactionChainId5);
	}
	const typed = load('typed-transactions');
	for (const kind of ['eip1559-mask', 'eip1559-random', 'eip2930-mask', 'eip2930-random'])
		for (const c of sample(typed.filter((t) => t.name.startsWith(kind)), 32))
			putTx(c.key, c.address, number(c.tx.chainId), c.tx, c.signed);
}

function accounts() {
	for (const c of sample(load('accounts'), 200))
		put('account', c.privateKey || '-', c.checksumAddress);
	for (const c of sample(load('hashes'), 70))
		put('hash', c.data, c.keccak256);
}

const nested = (v) => (Array.isArray(v) ? '[' + v.map(nested).join(',') + ']' : v);

function rlp() {
	for (const c of sample(load('rlp-coder'), 61))
		if (all || c.encoded.length < 4000)
			put('rlp', nested(c.decoded), c.encoded);
}

function hd() {
	const english = load('hdnode').filter((c) => c.locale === 'en');
	for (const c of sample(english, 50))
		put('hd', c.entropy, c.mnemonic, (c.password || '').normalize('NFKD'), c.seed,
		    ...c.hdnodes.map((n) => n.path + '=' + n.privateKey));
}

// A value as abi_encode_text reads it; `inside` a list strings are quoted.
function abiText(type, v, inside) {
	const array = /^(.*)\[(\d*)\]$/.exec(type.type);
	if (array)
		return '[' + v.map((x) => abiText({ ...type, type: array[1] }, x, true)) + ']';
	if (type.type === 'tuple')
		return '(' + v.value.map((x, i) => abiText(type.components[i], x, true)) + ')';
	if (v.type === 'buffer')
		return v.value;
	if (type.type === 'string')
		return inside ? '"' + v.value.replace(/[\\"]/g, '\\$&') + '"' : v.value;
	return String(v.value);
}

function abiName(type) {
	const array = /^(.*)(\[\d*\])$/.exec(type.type);
	if (array)
		return abiName({ ...type, type: array[1] }) + array[2];
	if (type.type === 'tuple')
		return '(' + type.components.map(abiName).join(',') + ')';
	return type.type.replace(/^(u?int)$/, '$1256');
}

// abi: types, the encoded result, then one text a value. Cases with text that is not one line
// of text (or not UTF-8 at all) are left out; "tuple types" come from the second set.
function abi() {
	const old = sample(load('contract-interface'), 60);
	const two = sample(load('contract-interface-abi2'), 60);
	for (const c of [...old, ...two]) {
		const types = JSON.parse(c.interface)[0].outputs;
		const values = JSON.parse(c.normalizedValues || c.values);
		const texts = types.map((t, i) => abiText(t, values[i], false));
		if (texts.some((t) => /[\t\r\n\0\ufffd]/.test(t)) || (!all && c.result.length > 2000))
			continue;
		put('abi', '(' + types.map(abiName).join(',') + ')', c.result, ...texts);
	}
	for (const c of sample(load('contract-signatures'), 200))
		put('selector', c.signature, c.sigHash);
}

// wallet: passphrase, key, address, file. The sample has those that open fast.
function wallets() {
	for (const c of load('wallets').filter((w) => w.type === 'secret-storage'))
		if (all || /"n":1024,|pbkdf2/.test(c.json))
			put('wallet', c.password, c.privateKey, c.address, c.json.replace(/\s/g, ''));
}

accounts();
wallets();
transactions();
rlp();
hd();
abi();
process.stdout.write('# Made by tests/vectors/convert.js from @ethersproject/testcases 5.8.0, MIT,\n' +
	'# Copyright (c) 2019 Richard Moore.\n' + lines.join('\n') + '\n');
