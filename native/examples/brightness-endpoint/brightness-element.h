// The element that the pictures of every stream pass, and that intercepts the custom event.
#pragma once

// What the endpoint sends and the element intercepts; its field is an int from -255 to 255.
inline constexpr auto brightnessEvent = "example-brightness-update";
inline constexpr auto brightnessField = "brightness";
inline constexpr auto brightnessElement = "examplebrightness";

bool registerBrightnessElement();
