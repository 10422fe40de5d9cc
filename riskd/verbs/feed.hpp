// `riskd feed`: publishes CSV files of prices, fills, orders and other facts at a chosen speed, as
// the venue or the OMS they came from would. Prices go to core NATS, facts to the input stream,
// orders are asked as checks. Main thread.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view feed_examples =
    "  riskd feed prices.csv                         as fast as its times say\n"
    "  riskd feed --speed 600 BTC-PERP=btc_1m.csv.gz ETH-PERP=eth_1m.csv.gz\n"
    "  riskd feed --speed max fills.csv orders.csv\n"
    "  riskd feed --from 2021-05-19 --to 2021-05-20 --price-decimals 1 BTC-PERP=btc_1m.csv.gz\n"
    "\n"
    "The header of a file tells what its rows are:\n"
    "  instrument,mark[,index,bid,ask]               prices\n"
    "  open_time_ms,open,high,low,close[,volume]     candles, given as INSTRUMENT=file\n"
    "  account,fill,order,instrument,side,price,quantity[,fee,fee_asset]\n"
    "  account,order,instrument,side,type,price,quantity[,...]           checks\n"
    "  account,id,order,event[,remaining]            order updates\n"
    "  account,id,asset,amount,kind                  balance changes\n"
    "  id,from,to,asset,amount                       transfers\n"
    "Several files are sent in the order of their times (time, time_ms or open_time_ms).";

VerbBody declare_feed(CLI::App& command);

}  // namespace riskd::verbs
