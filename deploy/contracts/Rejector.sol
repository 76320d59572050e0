// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Refuses every ether sent to it: the safe address that somebody mistyped.
contract Rejector {
    error NoThanks();

    receive() external payable {
        revert NoThanks();
    }
}
