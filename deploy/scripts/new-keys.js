// node new-keys.js TOOLS COUNT - COUNT fresh keys, a line "ADDRESS,0xKEY" each, addresses with
// their EIP-55 checksum. TOOLS: where node-tools.sh put deploy/tools. For keys that somebody
// wants in the open; those of the fleet are made and sealed by the daemon.
'use strict';
const crypto = require('crypto');
const { keccak256 } = require(require.resolve('js-sha3', { paths: [process.argv[2]] }));

for (let i = 0; i < Number(process.argv[3]); i++) {
	const pair = crypto.createECDH('secp256k1');
	pair.generateKeys();
	const key = pair.getPrivateKey('hex').padStart(64, '0');
	const plain = keccak256(pair.getPublicKey().subarray(1)).slice(24);
	const hash = keccak256(plain);
	const address = [...plain].map((c, n) => (parseInt(hash[n], 16) > 7 ? c.toUpperCase() : c)).join('');
	console.log(`0x${address},0x${key}`);
}
