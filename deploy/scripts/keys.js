// node keys.js TOOLS new COUNT      COUNT fresh keys, a line "ADDRESS,0xKEY" each
// node keys.js TOOLS address FILE   the address of the key in FILE
// Addresses bear their EIP-55 checksum. TOOLS: where node-tools.sh put deploy/tools. For keys
// that somebody wants in the open; those of the fleet are made and sealed by the daemon.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const { keccak256 } = require(require.resolve('js-sha3', { paths: [process.argv[2]] }));

function addressOf(pair) {
	const plain = keccak256(pair.getPublicKey().subarray(1)).slice(24);
	const hash = keccak256(plain);
	return '0x' + [...plain].map((c, i) => (parseInt(hash[i], 16) > 7 ? c.toUpperCase() : c)).join('');
}

const [what, argument] = process.argv.slice(3);
const pair = crypto.createECDH('secp256k1');
if (what === 'address') {
	const key = fs.readFileSync(argument, 'utf8').trim().replace(/^0x/, '');
	if (!/^[0-9a-fA-F]{64}$/.test(key)) {
		console.error(`${argument} holds no private key: 64 hex digits, with or without 0x`);
		process.exit(1);
	}
	pair.setPrivateKey(Buffer.from(key, 'hex'));
	console.log(addressOf(pair));
} else {
	for (let i = 0; i < Number(argument); i++) {
		pair.generateKeys();
		console.log(`${addressOf(pair)},0x${pair.getPrivateKey('hex').padStart(64, '0')}`);
	}
}
