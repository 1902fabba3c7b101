"""Who is signed in where: sessions kept by the portal, so that they can be ended."""
