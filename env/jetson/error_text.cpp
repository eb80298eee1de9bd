#include "env/jetson/error_text.h"

#include <cstring>

#include "env/jetson/clock_keeper.h"
#include "env/jetson/jetson_error.h"

namespace flyball {

ErrorText::ErrorText(const std::error_code& error) noexcept {
  const std::error_category& category = error.category();
  if (category == jetson_category()) {
    text_ = text_of(static_cast<JetsonError>(error.value()));
  } else if (category == std::generic_category() || category == std::system_category()) {
    text_ = strerror_r(error.value(), buffer_.data(), buffer_.size());
  } else {
    text_ = category.name();
  }
}

}  // namespace flyball
