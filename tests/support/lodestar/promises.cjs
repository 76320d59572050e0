// What Node 22 has and Node 20 has not.
Promise.withResolvers ??= function () {
	const out = {};
	out.promise = new this((resolve, reject) => Object.assign(out, { resolve, reject }));
	return out;
};
