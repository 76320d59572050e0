// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// A contract wallet: to receive costs more than the 21,000 gas of a plain transfer, so that a
/// hard-coded gas limit fails.
contract Wallet {
    uint256 public received;
    uint256 public payments;

    event Received(address indexed from, uint256 value);

    receive() external payable {
        received += msg.value;
        payments += 1;
        emit Received(msg.sender, msg.value);
    }
}
