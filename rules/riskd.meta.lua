---@meta riskd
-- What a rule can name, for the Lua language server; no rule. Made by
-- `riskd rules schema --lua`; a test compares it. Schema version 1.

---`order`: the order being checked
---@class (exact) order
---quantity[contracts]: how much is asked for; always positive
---@field quantity number
---price: limit price, or the worst price a market order is held at
---@field price number
---money[account]: quantity x price x contract size
---@field notional number
---buy or sell
---@field side side
---limit, market, stop_limit or stop_market
---@field type order_type
---gtc, ioc, fok, day or gtd
---@field time_in_force time_in_force
---the client asked that it only reduce
---@field reduce_only boolean
---the client asked that it only make
---@field post_only boolean
---it can only make the position smaller, whatever else fills
---@field reduces boolean
---money[account]: owed of the asset it pays with, if all orders that pay in it filled; spot, else
---0
---@field borrowed_after number

---`account`: the account before the order
---@class (exact) account
---money[account]: collateral value of balances, unrealized pnl and the value of options
---@field equity number
---money[account]: needed by positions and open orders
---@field initial_margin number
---money[account]: needed to keep the positions
---@field maintenance_margin number
---money[account]: equity - initial_margin
---@field available_margin number
---money[account]: equity - maintenance_margin; zero is the edge
---@field headroom number
---ratio: maintenance_margin / equity, a borrower's debts added to both; 1 or more exactly when
---equity is below maintenance
---@field margin_ratio number
---money[account]: realized + unrealized pnl, fees, funding, lifetime
---@field net_pnl number
---money[account]: sum of absolute notionals, no open orders
---@field gross_exposure number
---money[account]: sum of signed notionals, no open orders
---@field net_exposure number
---money[account]: gross exposure if this order and every open order on the worse side filled
---@field gross_exposure_after number
---ratio: gross_exposure / equity; NaN when equity is not positive
---@field leverage number
---count: working orders before this one
---@field open_orders number
---where the account stands on the liquidation ladder
---@field stage stage

---`instrument`: what the order is for
---@class (exact) instrument
---price: the price positions are valued with; NaN when stale
---@field mark_price number
---price: the underlying index; NaN when unknown
---@field index_price number
---price: best bid; NaN when unknown
---@field bid number
---price: best ask; NaN when unknown
---@field ask number
---duration[seconds]: seconds since the mark price was made
---@field mark_age number
---price: smallest price step
---@field tick number
---quantity[contracts]: smallest quantity step
---@field lot number
---ratio: units of the underlying in one contract
---@field contract_size number
---ratio: highest leverage the venue offers
---@field leverage_max number
---spot; linear, inverse or quanto, each _future or _perpetual; or linear, inverse, perpetual or
---binary, each _option
---@field kind contract_kind
---call or put of an option, none of other kinds
---@field right option_right
---price: of an option, as its underlying is priced; NaN for others
---@field strike number
---price: mark price of what an option is on; NaN for others, and when stale
---@field underlying_price number
---duration[seconds]: zero after it; NaN when it has none
---@field seconds_to_expiry number
---quantity[contracts]: sum of long positions, all accounts
---@field long_quantity number
---quantity[contracts]: sum of short positions, all accounts; positive
---@field short_quantity number

---`exposure` in check rules: this account in this instrument
---@class (exact) exposure
---quantity[contracts]: signed position; long > 0
---@field quantity number
---money[account]: absolute notional of the position at mark
---@field notional number
---price: average entry price; NaN when flat
---@field entry_price number
---money[account]: of the position, at mark
---@field unrealized_pnl number
---quantity[contracts]: working buys before this order
---@field open_buy_quantity number
---quantity[contracts]: working sells before this order
---@field open_sell_quantity number
---count: working orders in this instrument before this one
---@field open_orders number
---quantity[contracts]: absolute position if this order and all working orders on the worse side
---filled
---@field worst_case_quantity_after number
---money[account]: the same, as notional
---@field worst_case_notional_after number
---ratio: the leverage the client chose
---@field leverage number

---`exposure` in margin rules: what is to be margined
---@class (exact) margin
---quantity[contracts]: signed; long > 0
---@field quantity number
---money[settle]: absolute notional to be margined
---@field notional number
---money[settle]: absolute value of what is to be margined at its entry price; orders at their own
---@field entry_notional number
---price: average entry price of the same
---@field entry_price number
---price: price positions are valued with
---@field mark_price number
---ratio: the leverage the client chose
---@field leverage number
---ratio: highest leverage the venue offers
---@field leverage_max number
---money[settle]: of the quantity at mark, with its sign
---@field value number
---ratio: units of the underlying in one contract
---@field contract_size number
---as of the instrument
---@field kind contract_kind
---call or put of an option, none of other kinds
---@field right option_right
---price: of an option, as its underlying is priced; NaN for others
---@field strike number
---price: mark price of what an option is on; NaN for others
---@field underlying_price number
---price: of one unit of the underlying in the settlement asset: its price, or 1 coin for an
---inverse option; NaN for others
---@field underlying_value number
---price: of a binary option; NaN for other kinds
---@field payout number
---ratio: in years of 365 days, from the last whole minute; NaN when it has no expiry
---@field years_to_expiry number

---`collateral`: one asset of an account
---@class (exact) collateral
---quantity[contracts]: balance, unrealized pnl and value of options settled in it; may be < 0
---@field amount number
---price[account]: of one unit of the asset, in the account's currency
---@field price number
---money[account]: amount x price, before any haircut
---@field value number

---each of `book.positions`: one position of a book
---@class (exact) position
---kind of the contract
---@field kind contract_kind
---call or put; of an option
---@field right option_right
---whether it is an option
---@field is_option boolean
---quantity[contracts]: in units of the underlying; short < 0
---@field quantity number
---quantity[contracts]: if all its open buys filled
---@field quantity_with_buys number
---quantity[contracts]: if all its open sells filled
---@field quantity_with_sells number
---price[account]: of an option; NaN for others
---@field strike number
---price[account]: the price the position is valued with
---@field mark_price number
---price[account]: an option's underlying at mark; of others the mark
---@field underlying_price number
---money[account]: quantity x mark_price; short < 0
---@field value number
---duration[seconds]: from the last whole minute, not below 0; NaN when it has none
---@field seconds_to_expiry number
---ratio: for a year; NaN when there is none
---@field implied_volatility number
---ratio: change of mark_price for one of the underlying price
---@field delta number
---price[account]: the index told of the instrument, of an option of its underlying; NaN when
---unknown
---@field index_price number
---ratio: the same in years of 365 days
---@field years_to_expiry number
---ratio: for a year, as told; 0 when nothing was
---@field interest_rate number
---ratio: how far the mark is to be trusted, 0 to 1; 1 unless told
---@field confidence number
---ratio: the same of an option's underlying; of others as confidence
---@field underlying_confidence number
---ratio: the same of the price of the asset it is on; 1 when that has none of its own
---@field spot_confidence number
---money[account]: what it adds to the equity: profit at mark and accrued funding; of an option
---value
---@field unrealized_pnl number
---count: which one it is in: a number to compare with another's
---@field instrument number
---count: which asset it is on, the same
---@field asset number
---parameters as set for it
---@field params table<string, any>

---`history.<name>`: one declared window
---@class (exact) window
---money[account]: how much the measure changed since the window began
---@field change number
---count: how many events of the measure fell into the window
---@field count number

---`group` in check rules: a group the account is in, each by itself
---@class (exact) group
---money[reference]: sum of absolute notionals at mark over its accounts, no open orders
---@field gross_exposure number
---money[reference]: sum of signed notionals at mark over its accounts, no open orders
---@field net_exposure number
---money[reference]: gross exposure if this order and, in each account, every open order on the
---worse side filled; all at mark
---@field gross_exposure_after number
---quantity[contracts]: sum of its long positions in this instrument
---@field long_quantity number
---quantity[contracts]: sum of its short positions in this instrument; positive
---@field short_quantity number
---quantity[contracts]: its working buys in this instrument before this order
---@field open_buy_quantity number
---quantity[contracts]: its working sells in this instrument before this order
---@field open_sell_quantity number
---quantity[contracts]: sum of its absolute positions in this instrument if this order and, in
---each account, all working orders on the worse side filled
---@field instrument_quantity_after number

---`book` in margin rules: all that an account has on one underlying
---@class (exact) book
---money[account]: the largest weighted loss of the positions over the scenarios; 0 when none
---loses
---@field worst_loss number
---money[account]: the same with each side of the open orders of an instrument filled, where that
---loses
---@field worst_loss_after number
---count: which scenario worst_loss is of; the first one is 0
---@field worst_scenario number
---count: which scenario worst_loss_after is of
---@field worst_scenario_after number
---money[account]: sum of absolute notionals x delta
---@field gross_notional number
---money[account]: sum of signed notionals x delta
---@field net_notional number
---money[account]: notional of long futures and perpetuals
---@field long_futures number
---money[account]: notional of short ones; positive
---@field short_futures number
---money[account]: the same, in each if its buys filled
---@field long_futures_after number
---money[account]: the same, in each if its sells filled
---@field short_futures_after number
---money[account]: sum over short options of their quantity x underlying price
---@field short_options number
---money[account]: the same, in each if its sells filled
---@field short_options_after number
---money[account]: of the options at mark; short ones count below 0
---@field option_value number
---ratio: of the account's currency in the reference asset; 1 when it is that asset
---@field currency_price number
---walk it: `for x in book.balances do`
---@field balances fun(): balance
---walk it: `for x in book.positions do`
---@field positions fun(): position
---walk it: `for x in book.orders do`
---@field orders fun(): book_order

---each of `book.balances`: one asset of an account
---@class (exact) balance
---quantity[contracts]: may be < 0; without what positions add
---@field amount number
---quantity[contracts]: of it, what working spot orders hold
---@field hold number
---price[account]: of one unit of the asset, in the account's currency
---@field price number
---money[account]: amount x price, before any haircut
---@field value number
---ratio: how far that price is to be trusted, 0 to 1
---@field confidence number
---whether it is the account's own currency
---@field is_currency boolean
---count: which one it is: a number to compare with another's
---@field asset number
---parameters as set for it
---@field params table<string, any>

---each of `book.orders`: one working order of a book
---@class (exact) book_order
---buy or sell
---@field side side
---whether it is for an asset itself
---@field is_spot boolean
---quantity[contracts]: what is left of it, in units of the underlying
---@field quantity number
---price[account]: what one such unit is held at
---@field price number
---money[account]: quantity x price
---@field value number
---price[account]: of one such unit at present; NaN when unknown
---@field mark_price number
---count: which one it is in: a number to compare with another's
---@field instrument number
---count: which asset it is of, the same
---@field asset number
---count: which asset its price is in, the same
---@field pays number
---parameters as set for it
---@field params table<string, any>

---@enum side
side = {
  buy = 0,
  sell = 1,
}

---@enum order_type
order_type = {
  limit = 0,
  market = 1,
  stop_limit = 2,
  stop_market = 3,
}

---@enum time_in_force
time_in_force = {
  gtc = 0,
  ioc = 1,
  fok = 2,
  day = 3,
  gtd = 4,
}

---@enum contract_kind
contract_kind = {
  spot = 0,
  linear_future = 1,
  linear_perpetual = 2,
  inverse_future = 3,
  inverse_perpetual = 4,
  quanto_future = 5,
  quanto_perpetual = 6,
  linear_option = 7,
  inverse_option = 8,
  perpetual_option = 9,
  binary_option = 10,
}

---@enum stage
stage = {
  healthy = 0,
  margin_call = 1,
  cancel_orders = 2,
  reduce = 3,
  liquidate = 4,
  take_over = 5,
}

---@enum option_right
option_right = {
  none = 0,
  call = 1,
  put = 2,
}

---@enum reject
reject = {
  unknown_account = 0,
  unknown_instrument = 1,
  duplicate_order = 2,
  unknown_order = 3,
  account_halted = 4,
  instrument_closed = 5,
  incorrect_quantity = 6,
  invalid_price_increment = 7,
  invalid_order_terms = 8,
  order_capacity_exceeded = 9,
  journal_unavailable = 10,
  overloaded = 11,
  account_suspended = 12,
  account_in_liquidation = 13,
  instrument_reduce_only = 14,
  reduce_only_would_increase_position = 15,
  reference_price_not_available = 16,
  insufficient_balance = 17,
  restricted_instrument = 18,
  exceeded_clip_size_limit = 19,
  exceeded_max_notional_order_amount = 20,
  order_exceeds_limit = 21,
  price_exceeds_current_price_band = 22,
  position_limit_exceeded = 23,
  open_orders_limit_exceeded = 24,
  order_rate_exceeded = 25,
  daily_loss_limit = 26,
  leverage_limit_exceeded = 27,
  short_sell_not_permitted = 28,
  notional_value_exceeds_threshold = 29,
  algorithm_risk_threshold_breached = 30,
  insufficient_credit_limit = 31,
  rule_failed = 32,
  insufficient_initial_margin = 33,
  other = 34,
}

---@enum by
by = {
  largest_margin_first = 0,
}

---@class answer
---@class closing

---x without its sign
---@param x number
---@return number
function abs(x) end

---the smallest
---@param a number
---@param b number
---@param ... number
---@return number
function min(a, b, ...) end

---the largest
---@param a number
---@param b number
---@param ... number
---@return number
function max(a, b, ...) end

---the nearest whole number below
---@param x number
---@return number
function floor(x) end

---the nearest whole number above
---@param x number
---@return number
function ceil(x) end

---the square root, of a number or of a unit that is a square; below zero the rule fails
---@param x number
---@return number
function sqrt(x) end

---e to the power of a number without a unit
---@param x number
---@return number
function exp(x) end

---the natural logarithm of a number without a unit; at or below zero it fails
---@param x number
---@return number
function log(x) end

---x to the power of y, both without a unit; below zero the rule fails
---@param x number
---@param y number
---@return number
function power(x, y) end

---of a European option by Black-76, not discounted, in the unit of the strike
---@param right option_right
---@param forward number
---@param strike number
---@param years number
---@param volatility number
---@return number
function option_price(right, forward, strike, years, volatility) end

---whether a field that may be absent is there
---@param field number
---@return boolean
function known(field) end

---the answer of a check rule
---@param used number
---@param allowed number
---@return answer
function limit(used, allowed) end

---a check rule has nothing to say about this order
---@return answer
function pass() end

---where a reduction stops; the most of a position in one step (1), seconds between steps (none)
---@param ratio number
---@param by by
---@param step_max number
---@param cool_down number
---@return closing
function reduce_until(ratio, by, step_max, cool_down) end

---@class rule_declaration
---its name, without the kind: lower-case letters, digits and _
---@field name string
---check, margin, collateral or liquidation
---@field kind rule_kind
---one sentence for people
---@field doc? string
---of a reject by a check rule
---@field reason? reject
---the highest maintenance rate a margin rule ever asks
---@field rate_max? number
---the most a maintenance margin moves with the notional, or collateral with its value
---@field slope_max? number
---the least a maintenance margin moves with the notional; 0: it never falls
---@field slope_min? number
---true: a ladder that never answers less when an account is worse off
---@field monotone? boolean
---the parameters: name = kind { default, at_least, at_most, tighter, doc }
---@field params? table<string, any>
---windows that riskd keeps for a check rule: name = window { of, over, starts }
---@field history? table<string, any>
---order types a check rule is about: order_type.limit + order_type.stop_limit
---@field when? order_type
---answers limit(used, allowed) or pass()
---@field check? check_function
---answers two numbers: initial and maintenance margin
---@field margin? margin_function
---answers two numbers: initial and maintenance margin
---@field portfolio? portfolio_function
---answers one number: what the asset is worth as margin
---@field collateral? collateral_function
---answers a stage, such as stage.healthy
---@field stage? stage_function
---answers reduce_until(ratio, by.largest_margin_first, step_max, cool_down)
---@field close? close_function

---@alias rule_kind 'check'|'margin'|'collateral'|'liquidation'
---@alias check_function fun(...): answer
---@alias margin_function fun(exposure: margin, params: table<string, any>): number, number
---@alias portfolio_function fun(book: book, params: table<string, any>): number, number
---@alias collateral_function fun(collateral: collateral, params: table<string, any>): number
---@alias stage_function fun(account: account, params: table<string, any>): stage
---@alias close_function fun(account: account, params: table<string, any>): closing

---@param declared rule_declaration
function rule(declared) end

---a share; in YAML 0.05, 5% or 50bp
---@param declared table<string, any>
function ratio(declared) end

---an amount; its unit is "account", "settle" or "reference"
---@param declared table<string, any>
function money(declared) end

---how much of an instrument, or of an asset in a collateral rule
---@param declared table<string, any>
function quantity(declared) end

---per unit, in the settlement asset; of books in the account's currency
---@param declared table<string, any>
function price(declared) end

---a whole number
---@param declared table<string, any>
function count(declared) end

---seconds; in YAML 30s, 1d
---@param declared table<string, any>
function duration(declared) end

---true or false
---@param declared table<string, any>
function flag(declared) end

---a table whose rows begin at rising numbers; :at(x) finds one, :across(x) spreads
---@param declared table<string, any>
function steps(declared) end

---a window of history, kept by riskd: of, over, starts
---@param declared table<string, any>
function window(declared) end
