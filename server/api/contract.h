/* server/api/contract.h - which contract this server serves, as one short text. */
#ifndef SERVER_API_CONTRACT_H
#define SERVER_API_CONTRACT_H

/* SHA-256 over the descriptors of all our services' files, 64 hex digits: servers and clients that
 * were made from the same files have the same. Made once; static. Threads: any. */
const char *contract_digest(void);

#endif
