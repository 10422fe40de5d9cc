local function f0(x) return x + 1 end
local function f1(x) return f0(f0(x)) end
local function f2(x) return f1(f1(x)) end
local function f3(x) return f2(f2(x)) end
local function f4(x) return f3(f3(x)) end
local function f5(x) return f4(f4(x)) end
local function f6(x) return f5(f5(x)) end
local function f7(x) return f6(f6(x)) end
local function f8(x) return f7(f7(x)) end
local function f9(x) return f8(f8(x)) end
local function f10(x) return f9(f9(x)) end
local function f11(x) return f10(f10(x)) end
local function f12(x) return f11(f11(x)) end
local function f13(x) return f12(f12(x)) end
local function f14(x) return f13(f13(x)) end
rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    if f14(order.quantity) < 0 then return pass() end
    return limit(order.quantity, 1)
  end,
}
--> 20:11: `attack` may take 32768 steps; the budget of a check rule is 10000, a tenth of
--+ rules.steps_max
