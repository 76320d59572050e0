// lossy_peer.mjs TOOL TOOLS RPC_URL CHAIN_ID KEY_FILE PAYEES - pays each of PAYEES once, one after the
// other, as the tool's own pages have it: viem with its nonceManager and its transport's retries, ethers
// with NonceManager and a reset after a failure. A payment that throws is asked for again a second
// later, up to four times. Prints how many were given up.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [tool, tools, url, chainId, keyFile, payeesFile] = process.argv.slice(2);
const require = createRequire(`${tools}/`);
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const key = readFileSync(keyFile, 'utf8').trim();
const payees = readFileSync(payeesFile, 'utf8').trim().split('\n').slice(1).map((line) => line.split(',')[0]);
const value = 10n ** 15n;

async function byViem() {
	const { createPublicClient, createWalletClient, http, defineChain } = await load('viem');
	const { privateKeyToAccount, nonceManager } = await load('viem/accounts');
	const chain = defineChain({
		id: Number(chainId),
		name: 'local',
		nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
		rpcUrls: { default: { http: [url] } },
	});
	const transport = http(url, { timeout: 3000 });
	const account = privateKeyToAccount(key, { nonceManager });
	const reader = createPublicClient({ chain, transport, pollingInterval: 250 });
	const writer = createWalletClient({ chain, transport, account });

	return async (to) => {
		const hash = await writer.sendTransaction({ to, value });
		const receipt = await reader.waitForTransactionReceipt({ hash, timeout: 20000 });
		if (receipt.status !== 'success') throw new Error('it failed');
	};
}

async function byEthers() {
	const { ethers } = await load('ethers');
	const request = new ethers.FetchRequest(url);
	request.timeout = 3000;
	const provider = new ethers.JsonRpcProvider(request, Number(chainId), { staticNetwork: true, polling: true });
	provider.pollingInterval = 250;
	const signer = new ethers.NonceManager(new ethers.Wallet(key, provider));

	return async (to) => {
		try {
			const sent = await signer.sendTransaction({ to, value });
			const receipt = await sent.wait(1, 20000);
			if (receipt.status !== 1) throw new Error('it failed');
		} catch (e) {
			signer.reset();
			throw e;
		}
	};
}

const pay = await (tool === 'viem' ? byViem() : byEthers());
let givenUp = 0;
for (const to of payees) {
	let paid = false;
	for (let tries = 0; tries < 5 && !paid; tries++) {
		try {
			await pay(to);
			paid = true;
		} catch (e) {
			console.error(to, String(e.message).split('\n')[0]);
			await new Promise((awake) => setTimeout(awake, 1000));
		}
	}
	givenUp += paid ? 0 : 1;
}
console.log(givenUp);
process.exit(0);
