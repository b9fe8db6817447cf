// The generator of dropout's draws: SFC64 (Doty-Humphrey, PractRand). Also compiled for the device.
#pragma once

namespace engine {

// The next words of one generator, or of several side by side.
template <class Words>
inline Words next_words(Words& a, Words& b, Words& c, Words& counter) {
    const Words words = a + b + counter;
    counter += 1;
    a = b ^ (b >> 11);
    b = c + (c << 3);
    c = ((c << 24) | (c >> 40)) + words;
    return words;
}

}  // namespace engine
