// convert.js DIR - the vectors of npm @ethersproject/testcases (MIT, Copyright (c) 2019 Richard
// Moore), all of them, as lines of text for tests/vectors/ethers.c. DIR is the package's folder.
//
// A line "set NAME CASES" begins each set. Then comes one line a case: how, kind, fields, separated
// by tabs. How: "all" everything is compared; "part WHY" something cannot be; "no WHY" the case is
// nothing we have; "refuse WHY" well-formed, and refused here on purpose.
'use strict';
const fs = require('fs'), path = require('path'), zlib = require('zlib');

const dir = process.argv[2];
const load = (name) =>
	JSON.parse(zlib.gunzipSync(fs.readFileSync(path.join(dir, 'testcases', name + '.json.gz'))));
const put = (...fields) => {
	if (fields.some((f) => /[\t\n]/.test(f)))
		throw new Error('a field with a tab or line end: ' + fields.join('|').slice(0, 200));
	fs.writeSync(1, fields.join('\t') + '\n');
};
const set = (name) => {
	const cases = load(name);
	put('set', name, cases.length);
	return cases;
};
// Text and bytes as they go through a line: hex of UTF-8.
const hex = (s) => '0x' + Buffer.from(s, 'utf8').toString('hex');

// ---- keys and hashes ----

function keys() {
	for (const c of set('accounts'))
		put('all', 'account', c.privateKey || '-', c.checksumAddress);
	for (const c of set('hashes'))
		put('all', 'hash', c.data, c.keccak256);
	for (const c of set('wordlists'))
		if (c.locale === 'en')
			put('all', 'words', c.content.trim().split(/\s+/).join(' '));
		else
			put('no words of another language than English', 'none');
	for (const c of set('hdnode')) {
		const fields = [c.mnemonic, c.password || ''].map((s) => hex(s.normalize('NFKD')));
		const nodes = c.hdnodes.map((n) => n.path + '=' + n.privateKey + '=' + n.address);
		if (c.locale === 'en')
			put('all', 'hd', c.entropy, ...fields, c.seed, ...nodes);
		else
			put('part words of another language than English: the seed, not the entropy',
			    'hd', '-', ...fields, c.seed, ...nodes);
	}
	for (const c of set('wallets'))
		if (c.type === 'secret-storage')
			put('all', 'wallet', c.password, c.privateKey, c.address, c.json.replace(/\s/g, ''));
		else
			put('no file of the presale of 2014', 'none');
}

// ---- numbers and names ----

function numbers() {
	for (const c of set('bignumber')) {
		const v = c.value;
		if (typeof v === 'number')
			put('no number of JavaScript', 'none');
		else if (c.expectedValue === null)
			put('all', 'number', v, '-');
		else if (/^-0x0*$/.test(v) || !/^-/.test(v))
			put(/^-/.test(v) ? 'refuse number below zero, or a negative zero' : 'all', 'number', v,
			    /^-/.test(v) ? '-' : c.expectedValue);
		else
			put('refuse number below zero, or a negative zero', 'number', v, '-');
	}
	for (const c of set('units'))
		if (/^-/.test(c.ether))
			put('refuse amount below zero', 'unit', c.ether, '-', '-');
		else
			put('all', 'unit', c.ether, c.wei, c.ether_format.replace(/\.0$/, ''));
	for (const c of set('namehash'))
		put('no name of ENS', 'none');
	for (const c of set('nameprep'))
		put('no name of ENS', 'none');
}

// ---- transactions and RLP ----

const number = (v) => (v === undefined || v === null || v === '0x' ? 0n : BigInt(v));
const MAX64 = (1n << 64n) - 1n;

// An access list in any of its forms, as RLP's notation below.
function access(list) {
	const entries = !list ? [] : Array.isArray(list)
		? list.map((e) => (Array.isArray(e) ? e : [e.address, e.storageKeys]))
		: Object.keys(list).sort().map((a) => [a, list[a]]);
	return nested(entries);
}

// key, address, then what is signed: type, chain, nonce, tip, fee, gas, to, value, data, access
// list; then the bytes without and with signature.
function putTx(key, address, type, chain, tx, unsigned, signed) {
	const fee = number(type === 2 ? tx.maxFeePerGas : tx.gasPrice);
	const tip = number(type === 2 ? tx.maxPriorityFeePerGas : 0);
	const nonce = number(tx.nonce), gas = number(tx.gasLimit);
	const how = nonce > MAX64 || gas > MAX64 ? 'refuse nonce or gas above 64 bits'
		: nonce === MAX64 ? 'refuse nonce of 2^64-1 (EIP-2681)'
		: tip > fee ? 'refuse tip above the fee' : 'all';
	const kind = nonce > MAX64 || gas > MAX64 ? 'wide' : how === 'all' ? 'tx' : 'odd';
	return [how, kind, key, address, type, chain, nonce, tip, fee, gas, tx.to || '-', number(tx.value),
		tx.data && tx.data !== '0x' ? tx.data : '0x', access(tx.accessList), unsigned, signed];
}

function transactions() {
	for (const c of set('transactions')) {
		const a = putTx(c.privateKey, c.accountAddress, 0, 0, c, c.unsignedTransaction, c.signedTransaction);
		const b = putTx(c.privateKey, c.accountAddress, 0, 5, c, c.unsignedTransactionChainId5,
			c.signedTransactionChainId5);
		put(...a, ...b.slice(4));
	}
	for (const c of set('typed-transactions'))
		put(...putTx(c.key, c.address, c.tx.type || 0, number(c.tx.chainId), c.tx, c.unsigned, c.signed));
}

const nested = (v) => (Array.isArray(v) ? '[' + v.map(nested).join(',') + ']' : v);

function rlp() {
	for (const c of set('rlp-coder'))
		put('all', 'rlp', nested(c.decoded), c.encoded);
}

// ---- contracts ----

const array = (type) => /^(.*)\[(\d*)\]$/.exec(type);
const inner = (type) => ({ ...type, type: array(type.type)[1] });

// The canonical name of a type of an interface in JSON.
function name(type) {
	const a = array(type.type);
	if (a)
		return name(inner(type)) + '[' + a[2] + ']';
	if (type.type === 'tuple')
		return '(' + type.components.map(name).join(',') + ')';
	return type.type.replace(/^(u?int)$/, '$1256');
}

// The same as a person writes it, names and all.
function human(type, i) {
	const a = array(type.type);
	const tuple = /^tuple/.test(type.type);
	const base = tuple
		? 'tuple(' + type.components.map(human).join(', ') + ')' + type.type.slice(5) : type.type;
	return base + (type.indexed ? ' indexed' : '') + (a || i % 2 ? ' ' + (type.name || '') : '  ' + (type.name || ''));
}

// A value for tests/support/vector_values.c: n123 number, aHEX address, t and f, xHEX bytes and
// strings, [..] arrays, (..) tuples.
function value(type, v) {
	if (array(type.type))
		return '[' + v.map((x) => value(inner(type), x)) + ']';
	const plain = v !== null && typeof v === 'object' && 'value' in v ? v.value : v;
	if (type.type === 'tuple')
		return '(' + type.components.map((c, i) => value(c, plain[i])) + ')';
	if (type.type === 'bool')
		return String(plain) === 'true' ? 't' : 'f';
	if (type.type === 'address')
		return 'a' + plain.slice(2);
	if (type.type === 'string')
		return 'x' + hex(plain).slice(2);
	if (/^bytes/.test(type.type))
		return 'x' + plain.slice(2);
	const digits = String(plain);
	return 'n' + (digits[0] === '-' ? -BigInt(digits.slice(1)) : BigInt(digits));
}

// A value as an operator writes it in a configuration; `deep` inside a list.
function text(type, v, deep) {
	if (array(type.type))
		return '[' + v.map((x) => text(inner(type), x, true)) + ']';
	const plain = v !== null && typeof v === 'object' && 'value' in v ? v.value : v;
	if (type.type === 'tuple')
		return '(' + type.components.map((c, i) => text(c, plain[i], true)) + ')';
	if (type.type === 'string' && deep)
		return '"' + plain.replace(/[\\"]/g, '\\$&') + '"';
	return String(plain);
}

const all = (types, values) => '(' + types.map((t, i) => value(t, values[i])) + ')';

// types, encoded, the values, and once more as an operator writes them where a line can hold that
function contracts() {
	for (const name_of_set of ['contract-interface', 'contract-interface-abi2'])
		for (const c of set(name_of_set)) {
			const types = JSON.parse(c.interface)[0].outputs;
			const values = JSON.parse(c.normalizedValues || c.values);
			const texts = types.map((t, i) => text(t, values[i], false));
			const lost = texts.some((t) => /\ufffd/.test(t));
			put(lost ? 'part string that is not UTF-8: decoded and encoded again' : 'all', 'abi',
			    '(' + types.map(name).join(',') + ')', c.result, lost ? '-' : all(types, values),
			    ...(lost || texts.some((t) => /[\t\r\n\0]/.test(t)) ? ['-'] : texts));
		}
	for (const c of set('contract-events')) {
		const event = JSON.parse(c.interface).find((x) => x.name === 'testEvent');
		put('all', 'event', 'event testEvent(' + event.inputs.map(human).join(', ') + ')' +
			(event.anonymous ? ' anonymous' : ''), c.data, c.topics.join(',') || '-',
		    event.inputs.map((t, i) => (c.hashed[i] ? 'h' : '.')).join('') || '-',
		    all(event.inputs, c.values));
	}
	for (const c of set('contract-signatures')) {
		const f = JSON.parse(c.abi).find((x) => x.name === 'testSig');
		put('all', 'signature', 'function testSig(' + f.inputs.map(human).join(',') + ') ' +
			f.stateMutability + ' returns ( uint )', c.signature, c.sigHash);
	}
	for (const c of set('solidity-hashes')) {
		const types = c.types.map((type) => ({ type }));
		put('all', 'packed', '(' + types.map(name).join(',') + ')', all(types, c.values), c.keccak256);
	}
}

function typedData() {
	for (const c of set('eip712'))
		put('all', 'typed', JSON.stringify({ types: c.types, primaryType: c.primaryType,
			domain: c.domain, message: c.data }), c.encoded, c.digest, c.privateKey || '-', c.signature || '-');
}

keys();
numbers();
transactions();
rlp();
contracts();
typedData();
