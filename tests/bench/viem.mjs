// viem.mjs TOOLS RPC_URL COUNT - transfers as a careful script with viem makes them: nonces counted
// here, fees and gas given, requests in batches of 100, receipts read in the end. Prints seconds.
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [tools, url, count] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const require = createRequire(`${tools}/`);
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const { createPublicClient, createWalletClient, http, defineChain } = await load('viem');
const { privateKeyToAccount } = await load('viem/accounts');

const chain = defineChain({
	id: 31337,
	name: 'local',
	nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
	rpcUrls: { default: { http: [url] } },
});
const transport = http(url, { batch: { batchSize: 100, wait: 0 }, timeout: 60000, retryCount: 0 });
const account = privateKeyToAccount(`0x${randomBytes(32).toString('hex')}`);
const reader = createPublicClient({ chain, transport, pollingInterval: 10 });
const writer = createWalletClient({ chain, transport, account });

await reader.request({ method: 'anvil_setBalance', params: [account.address, '0x3635c9adc5dea00000'] });
const from = performance.now();
const sent = [];
for (let i = 0; i < count; i++) {
	sent.push(writer.sendTransaction({
		to: `0x${randomBytes(20).toString('hex')}`,
		value: 1n,
		nonce: i,
		gas: 21000n,
		maxFeePerGas: 20000000000n,
		maxPriorityFeePerGas: 1000000000n,
	}));
}
const hashes = await Promise.all(sent);
await reader.waitForTransactionReceipt({ hash: hashes[count - 1], timeout: 60000 });
const receipts = await Promise.all(hashes.map((hash) => reader.getTransactionReceipt({ hash })));
if (receipts.some((r) => r.status !== 'success')) throw new Error('not all were paid');
console.log(((performance.now() - from) / 1000).toFixed(3));
