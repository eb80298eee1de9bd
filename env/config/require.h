// A check of one number that a field's own range cannot express, because it depends on others.
#pragma once

#include <string>
#include <string_view>

namespace flyball {

// Throws std::invalid_argument "KEY = VALUE: must be RANGE" unless `holds` and `value` is finite.
void require(bool holds, const std::string& key, double value, std::string_view range);

}  // namespace flyball
