"""What the graphics card runs.

Colours stay in sRGB: under a plain power law, the picture of a lit surface is the product of its picture, its colour
and a power of the light, and that power is worked out beforehand (`light.shown`).
"""

from streammem.envs.rendering.light import RANGE

__all__ = ["FIXED", "MOVED", "PAINTS", "fragment"]

FIXED = """
#version 330
uniform mat4 clip_from_world;
in vec3 position;
in vec4 places;
in vec4 lit;
in ivec2 kinds;
out vec3 v_colour;
out vec4 v_places;
flat out ivec2 v_kinds;
void main() {
    v_colour = lit.rgb;
    v_places = places;
    v_kinds = kinds;
    gl_Position = clip_from_world * vec4(position, 1.0);
}
"""

# Row `body` of `motions`: the three rows of its matrix, then the light from +x, -x, +y, -y, +z, -z (its own in w).
MOVED = """
#version 330
uniform mat4 clip_from_world;
uniform sampler2D motions;
in vec3 position;
in vec4 places;
in vec4 normal;
in vec4 colour;
in int body;
in ivec2 kinds;
out vec3 v_colour;
out vec4 v_places;
flat out ivec2 v_kinds;
void main() {
    vec4 a = texelFetch(motions, ivec2(0, body), 0);
    vec4 b = texelFetch(motions, ivec2(1, body), 0);
    vec4 c = texelFetch(motions, ivec2(2, body), 0);
    vec4 place = vec4(position, 1.0);
    vec3 own = normal.xyz * 2.0 - 1.0;  // moderngl has no signed bytes
    vec3 n = normalize(vec3(dot(a.xyz, own), dot(b.xyz, own), dot(c.xyz, own)));
    vec4 x = texelFetch(motions, ivec2(n.x > 0.0 ? 3 : 4, body), 0);
    vec4 y = texelFetch(motions, ivec2(n.y > 0.0 ? 5 : 6, body), 0);
    vec4 z = texelFetch(motions, ivec2(n.z > 0.0 ? 7 : 8, body), 0);
    vec3 light = x.rgb * n.x * n.x + y.rgb * n.y * n.y + z.rgb * n.z * n.z;
    v_colour = clamp(colour.rgb * mix(light, vec3(x.w), colour.a), 0.0, 1.0);
    v_places = vec4(places.xy, 0.0, 0.0);
    v_kinds = kinds;
    gl_Position = clip_from_world * vec4(dot(a, place), dot(b, place), dot(c, place), 1.0);
}
"""

FRAGMENT = """
#version 330
uniform sampler2DArray pictures;
uniform sampler2D light;
in vec3 v_colour;
in vec4 v_places;  // in the surface's picture, in the light map
flat in ivec2 v_kinds;  // layer, thing
layout(location = 0) out vec4 rgb;
layout(location = 1) out float depth;
layout(location = 2) out int instance;
void main() {
    rgb = vec4(v_colour PAINT, 1.0);
    depth = 1.0 / gl_FragCoord.w;
    instance = v_kinds.y;
}
"""
PICTURE = " * texture(pictures, vec3(v_places.xy, float(v_kinds.x))).rgb"
# What is not needed is not looked up: on a processor, that is most of the time that a pixel takes.
PAINTS = (PICTURE + f" * texture(light, v_places.zw).rgb * {RANGE}", PICTURE, "")


def fragment(paint: str) -> str:
    """The shader of pixels, with what the colour is multiplied with."""
    return FRAGMENT.replace("PAINT", paint)
