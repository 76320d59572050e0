// Compiles every contract beside this file and writes OUT/NAME.json {contract, compiler, abi,
// bytecode}. The metadata hash is off, so that the bytes depend on code and compiler only.
'use strict';
const fs = require('fs');
const path = require('path');
const solc = require(require.resolve('solc', { paths: [process.argv[2]] }));

const out = process.argv[3];
const names = fs.readdirSync(__dirname).filter((f) => f.endsWith('.sol')).sort();
const sources = {};
for (const name of names) sources[name] = { content: fs.readFileSync(path.join(__dirname, name), 'utf8') };

const answer = JSON.parse(solc.compile(JSON.stringify({
	language: 'Solidity',
	sources,
	settings: {
		optimizer: { enabled: true, runs: 200 },
		evmVersion: 'paris',
		metadata: { bytecodeHash: 'none', appendCBOR: false },
		outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
	},
})));
for (const e of answer.errors || []) console.error(e.formattedMessage);
if ((answer.errors || []).length > 0) process.exit(1);

fs.mkdirSync(out, { recursive: true });
for (const name of names) {
	const contract = path.basename(name, '.sol');
	const built = answer.contracts[name][contract];
	const text = JSON.stringify({
		contract,
		compiler: solc.version(),
		abi: built.abi,
		bytecode: '0x' + built.evm.bytecode.object,
	}, null, 1);
	fs.writeFileSync(path.join(out, contract + '.json'), text + '\n');
}
