local half = 0.5
local function clamp(x, low, high)
  if x < low then return low elseif x > high then return high end
  return x
end

rule {
  name = "everything", kind = "check", doc = "Every form of the language.", reason = reject.other,
  when = order_type.limit + order_type.market,
  history = { burst = window { of = account.orders, over = "500ms" } },
  params = {
    share_max = ratio { default = 0.5, at_least = 0, at_most = 1, tighter = "lower" },
    strict = flag { default = true, tighter = "true" },
    bands = steps { by = "notional", columns = { share = ratio { default = 1 } },
                    default = { { notional = 0, share = 1 }, { notional = 100, share = 0.5 } } },
  },
  check = function(order, account, instrument, exposure, history, params)
    local worst = 0
    for i = 1, 10, 3 do
      worst = max(worst, exposure.notional / i, order.notional * half)
      if worst > 5 then break end
    end
    do
      local band = params.bands:at(worst)
      worst = -abs(-worst) * band.share + params.bands:across(worst).share
    end
    if not known(instrument.bid) or order.side ~= side.sell then return pass() end
    if account.stage >= stage.reduce and params.strict then return pass() end
    local share = clamp(worst / account.equity, 0, 1)
    return limit(share + floor(history.burst.count) / ceil(history.burst.count), params.share_max)
  end,
}
