// The arithmetic that means nothing is not there. CASE 0 is what may be written.
#include "riskd/core/units.hpp"
#include "riskd/core/ids.hpp"

namespace riskd {

constexpr Price price{3};
constexpr Quantity quantity{4};
constexpr Money money{5};
constexpr Timestamp when{6};
constexpr Duration span{7};

#if CASE == 0
constexpr auto result = money + money;
static_assert(result == Money{10});
static_assert(price < Price{4} && quantity - quantity == Quantity{0});
static_assert(when + span == Timestamp{13});
static_assert(divide(7, 2, Rounding::toward_plus) == 4);
constexpr AccountId account{1};
constexpr InstrumentId instrument{1};
#elif CASE == 1
constexpr auto result = price + quantity;
#elif CASE == 2
constexpr auto result = price * price;
#elif CASE == 3
constexpr auto result = money - price;
#elif CASE == 4
constexpr bool result = money < quantity;
#elif CASE == 5
constexpr bool result = money == 5;
#elif CASE == 6
constexpr Quantity result = price;
#elif CASE == 7
constexpr Money result = 5;
#elif CASE == 8
constexpr Money result{1.5};
#elif CASE == 9
constexpr auto result = when + when;
#elif CASE == 10
constexpr Timestamp result = span;
#elif CASE == 11
constexpr AccountId account{1};
constexpr InstrumentId result = account;
#elif CASE == 12
constexpr auto result = divide(7, 2);
#endif

}  // namespace riskd
