// node keystore.js TOOLS read FILE PASSPHRASE_FILE      the private key that a version 3 key file holds
// node keystore.js TOOLS write KEY PASSPHRASE_FILE KDF  a key file (scrypt or pbkdf2) of the key in file KEY
// Another implementation than ours: node's crypto (OpenSSL) and js-sha3, by the definition of Web3
// Secret Storage. For tests.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const { keccak256 } = require(require.resolve('js-sha3', { paths: [process.argv[2]] }));
const [what, file, passphraseFile, kdf] = process.argv.slice(3);
const passphrase = fs.readFileSync(passphraseFile, 'utf8').split('\n')[0];

function derive(c) {
	const p = c.kdfparams, salt = Buffer.from(p.salt, 'hex');
	if (c.kdf === 'pbkdf2') return crypto.pbkdf2Sync(passphrase, salt, p.c, 32, 'sha256');
	return crypto.scryptSync(passphrase, salt, 32, { N: p.n, r: p.r, p: p.p, maxmem: 1 << 29 });
}

const macOf = (d, text) => keccak256(Buffer.concat([d.subarray(16, 32), text]));
const aes = (d, iv, text) => crypto.createCipheriv('aes-128-ctr', d.subarray(0, 16), iv).update(text);

if (what === 'read') {
	const { version, crypto: c } = JSON.parse(fs.readFileSync(file, 'utf8'));
	const d = derive(c), text = Buffer.from(c.ciphertext, 'hex');
	if (version !== 3 || c.cipher !== 'aes-128-ctr' || macOf(d, text) !== c.mac) throw new Error('does not open');
	console.log('0x' + aes(d, Buffer.from(c.cipherparams.iv, 'hex'), text).toString('hex'));
} else {
	const key = Buffer.from(fs.readFileSync(file, 'utf8').trim().replace(/^0x/, ''), 'hex');
	const c = { cipher: 'aes-128-ctr', kdf, kdfparams: { dklen: 32, salt: crypto.randomBytes(32).toString('hex') } };
	const iv = crypto.randomBytes(16);
	Object.assign(c.kdfparams, kdf === 'pbkdf2' ? { c: 262144, prf: 'hmac-sha256' } : { n: 8192, r: 8, p: 1 });
	const d = derive(c), text = aes(d, iv, key);
	c.cipherparams = { iv: iv.toString('hex') };
	c.ciphertext = text.toString('hex');
	c.mac = macOf(d, text);
	console.log(JSON.stringify({ version: 3, id: crypto.randomUUID(), crypto: c }));
}
