// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// The DATA token of the demonstration: an ERC-20 that keeps a tenth of every transfer between
/// two addresses that are not excluded (nine parts are burnt, one goes to the treasury).
/// Anybody may mint: it is worth nothing, on purpose.
contract DataToken {
    string public constant name = "Demonstration DATA";
    string public constant symbol = "DATA";
    uint8 public constant decimals = 18;

    uint256 public constant TAX_BPS = 1000;
    uint256 public constant BURN_SHARE_BPS = 9000;
    address public constant DEAD = 0x000000000000000000000000000000000000dEaD;

    address public immutable owner;
    address public immutable treasury;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    mapping(address => bool) public isExcludedFromTax;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event TaxExclusionSet(address indexed account, bool excluded);

    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    error ERC20InvalidReceiver(address receiver);
    error NotAuthorized();

    constructor(address treasury_) {
        owner = msg.sender;
        treasury = treasury_;
    }

    function setExcluded(address account, bool excluded) external {
        if (msg.sender != owner) revert NotAuthorized();
        isExcludedFromTax[account] = excluded;
        emit TaxExclusionSet(account, excluded);
    }

    function mint(address to, uint256 value) external {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        _transfer(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed != type(uint256).max) {
            if (allowed < value) revert ERC20InsufficientAllowance(msg.sender, allowed, value);
            allowance[from][msg.sender] = allowed - value;
        }
        _transfer(from, to, value);
        return true;
    }

    function _transfer(address from, address to, uint256 value) private {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        uint256 held = balanceOf[from];
        if (held < value) revert ERC20InsufficientBalance(from, held, value);
        balanceOf[from] = held - value;

        uint256 tax = 0;
        if (!isExcludedFromTax[from] && !isExcludedFromTax[to]) tax = (value * TAX_BPS) / 10000;
        if (tax != 0) {
            uint256 burnt = (tax * BURN_SHARE_BPS) / 10000;
            _credit(from, DEAD, burnt);
            _credit(from, treasury, tax - burnt);
        }
        _credit(from, to, value - tax);
    }

    function _credit(address from, address to, uint256 value) private {
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}
