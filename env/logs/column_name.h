// Names of columns as users write them, made alike. Pure.
#pragma once

#include <string>
#include <string_view>

namespace flyball {

// Lower case, '_' for runs of what is no letter or digit, and between words: "Start Time (ms)" and
// "startTime-ms" are "start_time_ms". Both micro signs are a 'u' and "%" is "pct".
std::string plain_column_name(std::string_view column);

}  // namespace flyball
