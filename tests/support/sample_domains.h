// Clocks of real boards, for tests of one resident.
#pragma once

#include "env/knob.h"

namespace flyball {

// The CPUs of a Nano, two of them.
inline const Domain kNanoCpu{
    "cpu0",
    DomainKind::kCpu,
    {102000e3, 204000e3, 307200e3, 403200e3, 518400e3, 614400e3, 710400e3, 825600e3, 921600e3,
     1036800e3, 1132800e3, 1224000e3, 1326000e3, 1428000e3, 1479000e3},
    0.001,
    {0, 1}};
inline constexpr double kNanoTopHz = 1479000e3;

// The GPU of a Xavier NX.
inline const Domain kXavierNxGpu{
    "gpu",
    DomainKind::kGpu,
    {114.75e6, 204e6, 306e6, 408e6, 510e6, 599.25e6, 701.25e6, 752.25e6, 803.25e6, 854.25e6,
     905.25e6, 956.25e6, 1007.25e6, 1058.25e6, 1109.25e6},
    0.005,
    {}};

}  // namespace flyball
