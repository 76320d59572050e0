// failover.mjs TOOLS URL URL - what a script with viem and its fallback transport (both as they come)
// does when the first endpoint fails. For each line of input it makes one transfer, and answers with
// "paid" or with what went wrong.
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [tools, ...urls] = process.argv.slice(2);
const require = createRequire(`${tools}/`);
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const { createWalletClient, defineChain, fallback, http } = await load('viem');
const { privateKeyToAccount } = await load('viem/accounts');

const chain = defineChain({
	id: 31337,
	name: 'local',
	nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
	rpcUrls: { default: { http: urls } },
});
const account = privateKeyToAccount(`0x${randomBytes(32).toString('hex')}`);
const client = createWalletClient({ account, chain, transport: fallback(urls.map((url) => http(url))) });

await client.request({ method: 'anvil_setBalance', params: [account.address, '0x3635c9adc5dea00000'] });
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
	if (line !== 'pay') break;
	try {
		await client.sendTransaction({
			to: `0x${randomBytes(20).toString('hex')}`,
			value: 1n,
			gas: 21000n,
			maxFeePerGas: 20000000000n,
			maxPriorityFeePerGas: 1000000000n,
		});
		console.log('paid');
	} catch (e) {
		console.log(`it says: ${(e.details ?? e.message).split('\n')[0]}`);
	}
}
