"""tmp"""
async def prepare(session):
    pass
