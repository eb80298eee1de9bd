// Text of files that goes to a terminal or into a message. Pure.
#pragma once

#include <string>
#include <string_view>

namespace flyball {

// The same text with everything that could steer a terminal written out: control characters (but
// tab and newline), DEL and the C1 controls as \u00NN, which JSON understands; bytes that are not
// UTF-8 as \xNN.
std::string printable(std::string_view text);

}  // namespace flyball
