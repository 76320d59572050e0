// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

interface IDataToken {
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
    function mint(address to, uint256 value) external;
}

/// The staking contract of the demonstration. A wallet stakes DATA on one of five levels, earns
/// by the second, and takes principal and earnings out with one extract(). What makes life hard
/// for a fleet is all here: a lock before each scan, positions that die, a pause that leaves only
/// emergencyWithdraw(), and minimum stakes.
contract GhostCore {
    enum Level {
        NONE,
        VAULT,
        MAINFRAME,
        SUBNET,
        DARKNET,
        BLACK_ICE
    }

    struct Position {
        uint256 amount;
        Level level;
        uint64 entryTimestamp;
        uint64 lastAddTimestamp;
        uint256 rewardDebt;
        bool alive;
        uint16 ghostStreak;
    }

    struct LevelConfig {
        uint256 minStake;
        uint16 deathRateBps;
        uint64 scanInterval;
        uint64 lockPeriod;
        uint32 capacity;
        uint256 rewardPerSecond;
    }

    struct LevelState {
        uint256 totalStaked;
        uint256 aliveCount;
        uint256 accRewardsPerShare;
        uint64 nextScanTime;
    }

    uint64 public constant LOCK_PERIOD = 60;
    uint256 private constant SCALE = 1e18;

    address public immutable owner;
    IDataToken public immutable token;
    bool public paused;
    mapping(address => Position) private positions;
    mapping(Level => LevelConfig) private configs;
    mapping(Level => LevelState) private states;
    mapping(Level => uint64) private accruedAt;

    event JackedIn(address indexed player, uint256 amount, uint8 indexed level, uint256 total);
    event StakeAdded(address indexed player, uint256 amount, uint256 total);
    event Extracted(address indexed player, uint256 amount, uint256 rewards);
    event PositionKilled(address indexed player, uint256 amount);
    event Paused(address account);
    event Unpaused(address account);

    error InvalidLevel();
    error InvalidAmount();
    error PositionAlreadyExists();
    error NoPositionExists();
    error PositionDead();
    error PositionLocked();
    error BelowMinimumStake();
    error LevelAtCapacity();
    error NotAuthorized();
    error EnforcedPause();
    error ExpectedPause();

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotAuthorized();
        _;
    }

    modifier whenNotPaused() {
        if (paused) revert EnforcedPause();
        _;
    }

    constructor(IDataToken token_) {
        owner = msg.sender;
        token = token_;
        configs[Level.VAULT] = LevelConfig(10 ether, 500, 4 hours, LOCK_PERIOD, 5000, 1e15);
        configs[Level.MAINFRAME] = LevelConfig(25 ether, 1500, 3 hours, LOCK_PERIOD, 3000, 2e15);
        configs[Level.SUBNET] = LevelConfig(50 ether, 2500, 2 hours, LOCK_PERIOD, 1500, 4e15);
        configs[Level.DARKNET] = LevelConfig(100 ether, 3500, 1 hours, LOCK_PERIOD, 500, 8e15);
        configs[Level.BLACK_ICE] = LevelConfig(250 ether, 4500, 30 minutes, LOCK_PERIOD, 100, 16e15);
    }

    // What a wallet does

    function jackIn(uint256 amount, Level level) external whenNotPaused {
        if (level == Level.NONE) revert InvalidLevel();
        if (positions[msg.sender].level != Level.NONE) revert PositionAlreadyExists();
        if (amount < configs[level].minStake) revert BelowMinimumStake();
        LevelState storage s = _accrue(level);
        if (s.aliveCount >= configs[level].capacity) revert LevelAtCapacity();
        s.totalStaked += amount;
        s.aliveCount += 1;
        positions[msg.sender] = Position({
            amount: amount,
            level: level,
            entryTimestamp: uint64(block.timestamp),
            lastAddTimestamp: uint64(block.timestamp),
            rewardDebt: (amount * s.accRewardsPerShare) / SCALE,
            alive: true,
            ghostStreak: 0
        });
        token.transferFrom(msg.sender, address(this), amount);
        emit JackedIn(msg.sender, amount, uint8(level), amount);
    }

    function addStake(uint256 amount) external whenNotPaused {
        if (amount == 0) revert InvalidAmount();
        Position storage p = _living(msg.sender);
        if (_locked(p.level)) revert PositionLocked();
        LevelState storage s = _accrue(p.level);
        uint256 due = _due(p, s);
        p.amount += amount;
        p.lastAddTimestamp = uint64(block.timestamp);
        p.rewardDebt = (p.amount * s.accRewardsPerShare) / SCALE;
        s.totalStaked += amount;
        token.transferFrom(msg.sender, address(this), amount);
        _pay(msg.sender, 0, due);
        emit StakeAdded(msg.sender, amount, p.amount);
    }

    function claimRewards() external whenNotPaused returns (uint256 rewards) {
        Position storage p = _living(msg.sender);
        LevelState storage s = _accrue(p.level);
        rewards = _due(p, s);
        p.rewardDebt = (p.amount * s.accRewardsPerShare) / SCALE;
        _pay(msg.sender, 0, rewards);
    }

    /// Principal and earnings, and the position is gone.
    function extract() external whenNotPaused returns (uint256 amount, uint256 rewards) {
        Position storage p = _living(msg.sender);
        if (_locked(p.level)) revert PositionLocked();
        LevelState storage s = _accrue(p.level);
        amount = p.amount;
        rewards = _due(p, s);
        _leave(p, s);
        _pay(msg.sender, amount, rewards);
        emit Extracted(msg.sender, amount, rewards);
    }

    /// The only way out while the contract is paused: principal, no earnings.
    function emergencyWithdraw() external {
        if (!paused) revert ExpectedPause();
        Position storage p = _living(msg.sender);
        LevelState storage s = _accrue(p.level);
        uint256 amount = p.amount;
        _leave(p, s);
        _pay(msg.sender, amount, 0);
        emit Extracted(msg.sender, amount, 0);
    }

    // What anybody may read

    function getPosition(address player) external view returns (Position memory) {
        return positions[player];
    }

    function getPendingRewards(address player) external view returns (uint256) {
        Position memory p = positions[player];
        if (!p.alive) return 0;
        uint256 acc = states[p.level].accRewardsPerShare + _growth(p.level);
        return (p.amount * acc) / SCALE - p.rewardDebt;
    }

    function isInLockPeriod(address player) external view returns (bool) {
        Level level = positions[player].level;
        return level != Level.NONE && _locked(level);
    }

    function isAlive(address player) external view returns (bool) {
        return positions[player].alive;
    }

    function getLevelConfig(Level level) external view returns (LevelConfig memory) {
        return configs[level];
    }

    function getLevelState(Level level) external view returns (LevelState memory) {
        return states[level];
    }

    function getTotalValueLocked() external view returns (uint256 total) {
        for (uint8 i = uint8(Level.VAULT); i <= uint8(Level.BLACK_ICE); i++) total += states[Level(i)].totalStaked;
    }

    // What the owner sets, so that every misfortune can be had on demand

    function pause() external onlyOwner whenNotPaused {
        paused = true;
        emit Paused(msg.sender);
    }

    function unpause() external onlyOwner {
        if (!paused) revert ExpectedPause();
        paused = false;
        emit Unpaused(msg.sender);
    }

    /// The position dies: it stays on record, blocks a new one, and pays nothing.
    function kill(address player) external onlyOwner {
        Position storage p = _living(player);
        LevelState storage s = _accrue(p.level);
        s.totalStaked -= p.amount;
        s.aliveCount -= 1;
        p.alive = false;
        emit PositionKilled(player, p.amount);
    }

    /// Zero: no scan is planned, so nothing is locked. That is how it starts.
    function setNextScanTime(Level level, uint64 scanTime) external onlyOwner {
        states[level].nextScanTime = scanTime;
    }

    function setRewardRate(Level level, uint256 perSecond) external onlyOwner {
        _accrue(level);
        configs[level].rewardPerSecond = perSecond;
    }

    function setCapacity(Level level, uint32 capacity) external onlyOwner {
        configs[level].capacity = capacity;
    }

    // Rules

    function _living(address player) private view returns (Position storage p) {
        p = positions[player];
        if (p.level == Level.NONE) revert NoPositionExists();
        if (!p.alive) revert PositionDead();
    }

    function _locked(Level level) private view returns (bool) {
        uint64 scan = states[level].nextScanTime;
        return block.timestamp < scan && block.timestamp + LOCK_PERIOD >= scan;
    }

    function _growth(Level level) private view returns (uint256) {
        uint256 staked = states[level].totalStaked;
        if (staked == 0) return 0;
        return ((block.timestamp - accruedAt[level]) * configs[level].rewardPerSecond * SCALE) / staked;
    }

    function _accrue(Level level) private returns (LevelState storage s) {
        s = states[level];
        s.accRewardsPerShare += _growth(level);
        accruedAt[level] = uint64(block.timestamp);
    }

    function _due(Position storage p, LevelState storage s) private view returns (uint256) {
        return (p.amount * s.accRewardsPerShare) / SCALE - p.rewardDebt;
    }

    function _leave(Position storage p, LevelState storage s) private {
        s.totalStaked -= p.amount;
        s.aliveCount -= 1;
        delete positions[msg.sender];
    }

    function _pay(address player, uint256 principal, uint256 rewards) private {
        if (rewards != 0) token.mint(address(this), rewards);
        if (principal + rewards != 0) token.transfer(player, principal + rewards);
    }
}
