// codec.mjs TOOLS - what bench_codec does, with viem: done a second, a line each.
import { createRequire } from 'node:module';
const require = createRequire(process.argv[2] + '/');
const v = require('viem');
const a = require('viem/accounts');

const block = new Uint8Array(1024);
const transfer = v.parseAbi(['function transfer(address to, uint256 amount)']);
const types = [{ type: 'tuple[]', components: [{ type: 'bool' }, { type: 'bytes' }] }];
const answers = v.encodeAbiParameters(types, [Array(100).fill([true, '0x' + '00'.repeat(32)])]);
const account = a.privateKeyToAccount('0x' + '07'.padStart(64, '0'));
const to = '0x0100000000000000000000000000000000000000';
const raw = await account.signTransaction({ chainId: 1, type: 'eip1559', to, gas: 21000n, maxFeePerGas: 10n ** 9n });
const mail = {
	types: { Person: [{ name: 'name', type: 'string' }, { name: 'wallet', type: 'address' }],
		Mail: [{ name: 'from', type: 'Person' }, { name: 'contents', type: 'string' }] },
	primaryType: 'Mail', domain: { name: 'x', chainId: 1 },
	message: { from: { name: 'Cow', wallet: '0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826' }, contents: 'Hello' },
};

async function measure(what, fn) {
	for (let i = 0; i < 20; i++) await fn();
	const from = process.hrtime.bigint();
	let n = 0, ns;
	do {
		for (let i = 0; i < 20; i++) await fn();
		n += 20;
		ns = Number(process.hrtime.bigint() - from);
	} while (ns < 3e8);
	console.log(what, Math.round(n * 1e9 / ns));
}

await measure('keccak256-1KiB', () => v.keccak256(block));
await measure('abi-encode-transfer', () => v.encodeFunctionData({ abi: transfer, args: [to, 5n] }));
await measure('abi-decode-100-answers', () => v.decodeAbiParameters(types, answers));
await measure('decode-and-recover-type-2', () => v.recoverTransactionAddress({ serializedTransaction: raw }));
await measure('eip712-hash', () => v.hashTypedData(mail));
