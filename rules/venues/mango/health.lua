-- Mango v4, health of a whole account: tokens at weights below one when owned and above one when
-- owed; perpetuals at weights of their own with the worse side of their orders filled, what they
-- gain at one more; of what spot orders hold as little as it adds on either side of the market,
-- each order at its own price where that is worse. The collateral rule counts everything in full,
-- and what weighs less is asked for here. Perpetuals settle in the account's currency.
local function scaled(weight, start, total)
  if start <= 0 or total <= start then return weight end
  return weight * start / total
end

-- What so much more of a token adds, when with all that orders may bring it comes to `most`.
local function effect(most, more, asset_weight, liability_weight)
  local owned = min(max(most, 0), more)
  return owned * asset_weight + (more - owned) * liability_weight
end

rule {
  name   = "health",
  kind   = "margin",
  doc    = "What tokens, perpetuals and spot orders lack to count in full, by weights.",
  params = {
    asset_weight     = ratio { default = 1, at_least = 0, at_most = 1, tighter = "lower" },
    liability_weight = ratio { default = 1, at_least = 1, at_most = 10, tighter = "higher" },
    deposits         = quantity { default = 0, at_least = 0, doc = "on the platform; it is set" },
    deposits_start   = money {
      unit     = "account",
      default  = 0,
      at_least = 0,
      doc      = "value of deposits from which the weight falls; zero: never",
    },
    borrows       = quantity { default = 0, at_least = 0, doc = "on the platform; it is set" },
    borrows_start = money {
      unit     = "account",
      default  = 0,
      at_least = 0,
      doc      = "value of borrows from which the weight rises; zero: never",
    },
    gain_weight = ratio {
      default  = 1,
      at_least = 0,
      at_most  = 1,
      tighter  = "lower",
      doc      = "of a perpetual, with its weighted position, when that is above zero",
    },
    maintenance_share = ratio {
      default  = 1,
      at_least = 0,
      at_most  = 1,
      tighter  = "higher",
      doc      = "maintenance over initial margin",
    },
  },

  portfolio = function(book, params)
    local result = 0
    local face = 0
    for p in book.positions do
      local owned = 1 - p.params.asset_weight
      local owed = p.params.liability_weight - 1
      local bids = max(p.quantity_with_buys * owned, -p.quantity_with_buys * owed)
      local asks = max(p.quantity_with_sells * owned, -p.quantity_with_sells * owed)
      local worst = p.unrealized_pnl - max(bids, asks) * p.mark_price
      if worst > 0 then worst = worst * p.params.gain_weight end
      result = result + worst
      face = face + p.unrealized_pnl
    end

    local health = 0
    for b in book.balances do
      local value = (b.amount - b.hold) * b.price
      face = face + b.value
      if b.is_currency then value = value + result end
      local start = b.params.deposits_start
      local asset_weight = scaled(b.params.asset_weight, start, b.params.deposits * b.price)
      local borrowed = b.params.borrows * b.price
      local liability_weight = b.params.liability_weight
      if b.params.borrows_start > 0 and borrowed > b.params.borrows_start then
        liability_weight = liability_weight * borrowed / b.params.borrows_start
      end
      if value >= 0 then
        health = health + value * asset_weight
      else
        health = health + value * liability_weight
      end
    end

    local age = 0
    for o in book.orders do
      age = age + 1
      local first = o.is_spot
      local base = 0
      local quote = 0
      local all_base = 0
      local all_quote = 0
      local other_age = 0
      for q in book.orders do
        other_age = other_age + 1
        if q.is_spot then
          local as_base = q.value * min(1, q.mark_price / q.price)
          local as_quote = q.value
          if q.side == side.sell then
            as_base = q.quantity * q.mark_price
            as_quote = q.quantity * min(q.mark_price, q.price)
          end
          if q.instrument == o.instrument then
            if other_age < age then first = false end
            base = base + as_base
            quote = quote + as_quote
          end
          if q.asset == o.asset then all_base = all_base + as_base end
          if q.pays == o.asset then all_base = all_base + as_quote end
          if q.asset == o.pays then all_quote = all_quote + as_base end
          if q.pays == o.pays then all_quote = all_quote + as_quote end
        end
      end
      if first then
        local in_base = base
        local in_quote = quote
        for b in book.balances do
          if b.asset == o.asset or b.asset == o.pays then
            local value = (b.amount - b.hold) * b.price
            if b.is_currency then value = value + result end
            local start = b.params.deposits_start
            local asset_weight = scaled(b.params.asset_weight, start, b.params.deposits * b.price)
            local borrowed = b.params.borrows * b.price
            local liability_weight = b.params.liability_weight
            if b.params.borrows_start > 0 and borrowed > b.params.borrows_start then
              liability_weight = liability_weight * borrowed / b.params.borrows_start
            end
            if b.asset == o.asset then
              in_base = effect(value + all_base, base, asset_weight, liability_weight)
            else
              in_quote = effect(value + all_quote, quote, asset_weight, liability_weight)
            end
          end
        end
        health = health + min(in_base, in_quote)
      end
    end
    local initial = max(face - health, 0)
    return initial, initial * params.maintenance_share
  end,
}
